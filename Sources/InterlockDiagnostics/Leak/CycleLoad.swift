import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol

/// Does one kind of work a number of times, a few at once, and comes back when all is done.
struct CycleLoad {
    let server: DiagnosedServer
    let client: Client
    let clock: any SchedulingClock
    /// How long a call is left alone before it is cancelled; see ``usualTime(_:_:)``.
    var cancelAfter = Duration.milliseconds(1)

    /// Runs `count` cycles, `workers` at a time. Returns how many failed; an answer with an error is a failure only where none was asked for.
    func run(_ operation: ProbeOperation, count: Int, workers: Int, until deadline: MonotonicTime) async throws -> (done: Int, failed: Int) {
        let workers = max(1, min(workers, count))
        return try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for worker in 0..<workers {
                let share = count / workers + (worker < count % workers ? 1 : 0)
                group.addTask { [self] in
                    var (done, failed) = (0, 0)
                    while done < share, clock.now < deadline {
                        try Task.checkCancellation()
                        if try await !cycle(operation) { failed += 1 }
                        done += 1
                    }
                    return (done, failed)
                }
            }
            return try await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
        }
    }

    /// How long one call takes, at the median of three.
    func usualTime(_ tool: String, _ arguments: RawJSON) async throws -> Duration {
        var times: [Duration] = []
        for _ in 0..<3 {
            let begin = clock.now
            _ = try await cycle(.call(tool: tool, arguments: arguments))
            times.append(clock.now - begin)
        }
        return times.sorted()[1]
    }

    /// One cycle. A connection that is lost ends the run; any other failure is one of the server's answers.
    private func cycle(_ operation: ProbeOperation) async throws -> Bool {
        do {
            switch operation {
            case .call(let tool, let arguments): return try await !client.callTool(tool, arguments: arguments).isError
            case .listTools: _ = try await client.listTools()
            case .failingCall: _ = try await client.callTool("interlock-no-such-tool", arguments: .emptyObject)
            case .refusedCall(let tool, let arguments): _ = try await client.callTool(tool, arguments: arguments)
            case .cancelledCall(let tool, let arguments): try await cancelled(tool, arguments)
            case .session: try await server.withClient(era: .legacy(), clock: clock) { client, _ in try await client.ping() }
            case .abandonedSession:
                try await server.withClient(era: .legacy(), clock: clock) { client, link in
                    try await client.ping()
                    link.leaveSession()
                }
            case .connection: try await server.withClient(clock: clock) { client, _ in _ = try await client.listTools(cursor: nil) }
            }
            return true
        } catch is ProtocolError {
            return switch operation {
            case .failingCall, .refusedCall: true
            default: false
            }
        } catch let error as ClientError where error.code != .closed && error.code != .unreachable && error.code != .unauthorized {
            return false
        }
    }

    private func cancelled(_ tool: String, _ arguments: RawJSON) async throws {
        let end = clock.now + cancelAfter
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await client.callTool(tool, arguments: arguments) } // whatever it was, it is not wanted any more
            // Timers tick too coarsely for what a quick call takes.
            if cancelAfter < .milliseconds(3) { while clock.now < end { await Task.yield() } } else { try await clock.sleep(until: end) }
            group.cancelAll()
        }
        if client.server == nil { throw ClientError(.closed, "the connection was lost while calls were cancelled") }
    }
}
