import InterlockJSON
import InterlockTransport
import Synchronization

/// Both ends of one link at work, with the runtimes of the kit behind them.
final class TransportSession: Sendable {
    let server: any ServerTransport
    let client: any ClientTransport
    let runtime: RecordingRuntime
    let receiver: ReceiverLog
    let expect: Expectation
    /// The server's `run`; its end is in ``returned`` too.
    let running: Task<Void, any Error>
    /// Has one entry once `run` has returned: what it threw, if anything.
    let returned: ConformanceLog<(any Error)?>
    // interlock:allow unbounded-growth because a session lasts for one check, which sends a known number of messages
    private let sends = Mutex<[Task<Void, Never>]>([])

    private init(
        _ link: TransportUnderTest.Link, _ client: any ClientTransport, _ runtime: RecordingRuntime, _ expect: Expectation,
        _ running: Task<Void, any Error>, _ returned: ConformanceLog<(any Error)?>
    ) {
        self.server = link.server
        self.client = client
        self.runtime = runtime
        self.receiver = ReceiverLog()
        self.expect = expect
        self.running = running
        self.returned = returned
    }

    /// Makes a link, runs its server, starts its client, runs `body`, and takes everything down on every way out.
    static func with(_ subject: TransportUnderTest, _ expect: Expectation, _ body: (TransportSession) async throws -> Void) async throws {
        let link = try await subject.makeLink()
        let (runtime, returned) = (RecordingRuntime(), ConformanceLog<(any Error)?>())
        // Awaited at the end of the session, or cancelled with it.
        let running = Task {
            do {
                try await link.server.run(runtime)
                returned.append(nil)
            } catch {
                returned.append(error)
                throw error
            }
        }
        do {
            let client = try await expect.awaiting("the client's end to be made") { try await link.connect() }
            let session = TransportSession(link, client, runtime, expect, running, returned)
            do {
                try await expect.awaiting("start of the client to return") { try await client.start(session.receiver) }
                try await body(session)
                try await session.end()
            } catch {
                runtime.release()
                running.cancel()
                await client.close()
                throw error
            }
        } catch {
            running.cancel()
            throw error
        }
    }

    /// Sends without waiting; what goes wrong is in the receiver's log.
    func begin(_ message: ClientMessage) {
        // Awaited by `end`.
        let task = Task { [client, receiver] in
            do { try await client.send(message) } catch { receiver.log.append(.notSent(message.id, error)) }
        }
        sends.withLock { $0.append(task) }
    }

    /// The response to a request, waiting for it; throws when the transport says that none will come.
    func response(to id: RequestID) async throws -> ScannedMessage {
        let entry = try await expect.awaiting("the response to request \(id)") { try await receiver.log.first { $0.decides(id) ? $0 : nil } }
        guard case .message(let message, let request) = entry else {
            throw expect.failure("the response to request \(id)", found: entry.summary)
        }
        try expect.require(request == nil || request == id, "the response to \(id) on its own stream", found: entry.summary)
        return message
    }

    /// Sends a request that is echoed, and returns the result.
    @discardableResult
    func echo(_ id: RequestID, params: String = "{}") async throws -> RawJSON {
        begin(WireMessage.request(id, params: params))
        return try expect.some(try await response(to: id).result, "a result in the response to \(id)")
    }

    /// Sends a request that stays in flight, and returns it as it arrived.
    func hold(_ id: RequestID) async throws -> Arrival {
        begin(WireMessage.request(id, WireMessage.hold))
        return try await arrival(of: id)
    }

    func arrival(of id: RequestID) async throws -> Arrival {
        try await expect.awaiting("request \(id) to reach the runtime") { try await runtime.arrival(of: id) }
    }

    /// Closes the client, shuts the server down and waits for both. What a check has ended already stays as it is.
    func end() async throws {
        await expect.awaiting("close of the client to return") { await client.close() }
        runtime.release()
        server.beginGracefulShutdown()
        try await serverToReturn()
        for task in sends.withLock({ $0 }) { await expect.awaiting("send to return after close") { await task.value } }
    }

    /// Waits for `run`, and throws what it threw, unless the check has cancelled it.
    func serverToReturn() async throws {
        let error = try await expect.awaiting("run of the server to return") { try await returned.first { Optional.some($0) } }
        if let error, !running.isCancelled { throw error }
    }
}
