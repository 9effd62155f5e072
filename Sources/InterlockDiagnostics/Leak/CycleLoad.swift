import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

/// Does one kind of work a number of times, a few at once, and comes back when all is done.
struct CycleLoad {
    /// What came of some cycles.
    struct Done: Sendable, Hashable {
        var cycles = 0
        /// Cycles whose answer was an error where none was asked for.
        var failed = 0
        /// Cycles of which the server wanted nothing, busy or unwilling: no work was done for them. They are neither done nor failed.
        var refused = 0
        /// What was said of the first that failed or was refused.
        var reason: String?

        static func + (one: Self, other: Self) -> Self {
            Self(
                cycles: one.cycles + other.cycles, failed: one.failed + other.failed, refused: one.refused + other.refused, reason: one.reason ?? other.reason)
        }
    }

    /// How one cycle ended.
    private enum Ending {
        case done
        case failed(String)
        case refused(String)
    }

    let server: DiagnosedServer
    let client: Client
    let clock: any SchedulingClock
    /// How long a call is left alone before it is cancelled; see ``usualTime(_:_:)``.
    var cancelAfter = Duration.milliseconds(1)
    /// Whether the server has tools that can be listed.
    var hasTools = true

    /// Tries `count` cycles, `workers` at a time, and returns what came of them; an answer with an error is a failure only where none was asked for.
    func run(_ operation: ProbeOperation, count: Int, workers: Int, until deadline: MonotonicTime) async throws -> Done {
        let workers = max(1, min(workers, count))
        return try await withThrowingTaskGroup(of: Done.self) { group in
            for worker in 0..<workers {
                let share = count / workers + (worker < count % workers ? 1 : 0)
                group.addTask { [self] in
                    var done = Done()
                    while done.cycles + done.refused < share, clock.now < deadline {
                        try Task.checkCancellation()
                        switch try await cycle(operation) {
                        case .done: done.cycles += 1
                        case .failed(let reason): done = done + Done(cycles: 1, failed: 1, reason: reason)
                        case .refused(let reason): done = done + Done(refused: 1, reason: reason)
                        }
                    }
                    return done
                }
            }
            return try await group.reduce(Done(), +)
        }
    }

    /// The same for whoever times them: a refusal, which is quick and no work, is thrown.
    func accepted(_ operation: ProbeOperation, count: Int, workers: Int) async throws -> Done {
        let done = try await run(operation, count: count, workers: workers, until: .distantFuture)
        guard done.refused > 0 else { return done }
        let reason = done.reason ?? ""
        throw ClientError(.unreachable, reason, cause: TransportError(.refused, reason))
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
    private func cycle(_ operation: ProbeOperation) async throws -> Ending {
        do {
            switch operation {
            case .call(let tool, let arguments): return try await call(tool, arguments)
            case .listTools: _ = try await client.listTools()
            case .failingCall: return try await call("interlock-no-such-tool", .emptyObject, isToFail: true)
            case .refusedCall(let tool, let arguments): return try await call(tool, arguments, isToFail: true)
            case .cancelledCall(let tool, let arguments): try await cancelled(tool, arguments)
            case .session: try await server.withClient(era: .legacy(), clock: clock) { client, _ in try await client.ping() }
            case .abandonedSession:
                return try await server.withClient(era: .legacy(), clock: clock) { client, link in
                    try await client.ping()
                    // One that never was cannot be left.
                    guard link.sessionID() != nil else { return .failed("the server gave no session") }
                    link.leaveSession()
                    return .done
                }
            case .connection:
                try await server.withClient(clock: clock) { client, _ in
                    // Where there are no tools, what every server answers.
                    if hasTools { _ = try await client.listTools(cursor: nil) } else { _ = try await Beat(client: client, clock: clock).once() }
                }
            }
            return .done
        } catch let error as ProtocolError where DiagnosedServer.isBusy(error.code.rawValue) {
            return .refused(error.message)
        } catch let error as ProtocolError {
            return switch operation {
            case .failingCall, .refusedCall: .done
            default: .failed(error.message)
            }
        } catch let error as ClientError where error.transportError?.code == .refused {
            // A server that says it is busy is there.
            return .refused(error.message)
        } catch let error as ClientError where error.code != .closed && error.code != .unreachable && error.code != .unauthorized {
            return .failed(error.message)
        }
    }

    /// One call. What a policy of the server has refused for want of room is no work, whatever was asked for.
    private func call(_ tool: String, _ arguments: RawJSON, isToFail: Bool = false) async throws -> Ending {
        let result = try await client.callTool(tool, arguments: arguments)
        let text = result.content.lazy.compactMap(\.text).first
        return switch CallOutcome(result) {
        case .busy: .refused(text ?? "the server has no room")
        case .toolError where !isToFail: .failed(text ?? "the tool failed")
        default: .done
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
