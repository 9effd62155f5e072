import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockTesting
import Synchronization
import Testing

@Suite("A handler that is run again beside itself, and as many at once as can be", .timeLimit(.minutes(5)))
struct HedgePolicyTests {
    private struct Upstream: Error {}

    private let clock = ManualClock()
    private let runs = Runs()

    private func configuration() -> ServerConfiguration {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.startsFastHandlersInline = false
        return configuration
    }

    private func server(
        _ policies: @escaping (Tool<NoInput>) -> Tool<NoInput>, _ handler: @escaping @Sendable (_ run: Int) async throws -> String
    ) throws -> Server {
        try Server(configuration: configuration()) {
            policies(Tool("work", annotations: ToolAnnotations(readOnlyHint: true)) { (_: HandlerContext) in
                try await handler(runs.next())
            })
        }
    }

    private func call(_ client: WireClient, _ id: Int) async throws -> JSONValue {
        try await client.request(Messages.call("work", id: "\(id)", modern: true))
    }

    private func hedges(_ server: Server) -> HedgeSnapshot? {
        for case .hedge(_, _, let snapshot) in server.report.tools.flatMap(\.policies) { return snapshot }
        return nil
    }

    @Test("hedge: a slow handler is run again, the first answer counts and the other is cancelled; without it the slow one is waited for", arguments: [true, false])
    func slow(guarded: Bool) async throws {
        let (gate, cancelled) = (Gate(), Gate())
        let server = try server({ guarded ? $0.hedge(after: .milliseconds(80)) : $0 }) { run in
            if run == 1 {
                do { try await gate.wait() } catch {
                    cancelled.open()
                    throw error
                }
            }
            return "run \(run)"
        }
        let client = try WireClient(server)
        client.send(Messages.call("work", id: "1", modern: true))
        try await gate.waitForWaiters(1)
        if guarded {
            try await clock.waitForPending(1)
            clock.advance(by: .milliseconds(80))
        } else {
            #expect(clock.pendingCount == 0)
            gate.open()
        }
        #expect(try await client.response(1).text == (guarded ? "run 2" : "run 1"))
        guard guarded else { return #expect(hedges(server) == nil) }
        try await cancelled.wait()
        let snapshot = try #require(hedges(server))
        #expect(snapshot.hedges == 1 && snapshot.wins == [0, 1] && snapshot.attemptsCancelled == 1 && snapshot.calls == 1)
    }

    @Test("hedge: a failure begins the next run at once, an answer does not, and retry hedges each of its attempts")
    func failures() async throws {
        let server = try server({ $0.hedge(after: .seconds(9)).retry(RetryPolicy(attempts: 2, backoff: Backoff(first: .zero, jitter: .none))) }) { run in
            if run == 5 { throw ToolError("no") }
            if run < 4 { throw Upstream() }
            return "run \(run)"
        }
        let client = try WireClient(server)
        #expect(try await call(client, 1).text == "run 4", "two attempts of two runs each")
        #expect(try await call(client, 2).text == "no")
        #expect(runs.count == 5)
        let snapshot = try #require(hedges(server))
        #expect(snapshot.calls == 3 && snapshot.hedges == 2 && snapshot.failed == 1 && snapshot.wins == [1, 1])
    }

    @Test("hedge: a tool that may not run twice is refused at the start, whoever set the policy")
    func annotations() throws {
        func start(_ annotations: ToolAnnotations?, _ policies: @escaping (Tool<NoInput>) -> Tool<NoInput> = { $0.hedge(after: .seconds(1)) }, configured: String? = nil) throws {
            var configuration = configuration()
            if let configured { configuration.toolPolicies = try ToolPolicySettings.tools(RawJSON(parsing: configured), at: "tools") }
            _ = try Server(configuration: configuration) { policies(Tool("work", annotations: annotations) { (_: HandlerContext) in "done" }) }
        }
        #expect(throws: Never.self) { try start(ToolAnnotations(readOnlyHint: true)) }
        #expect(throws: Never.self) { try start(ToolAnnotations(idempotentHint: true)) }
        for annotations in [nil, ToolAnnotations(readOnlyHint: false)] {
            let error = #expect(throws: FeatureError.self) { try start(annotations) }
            #expect(error?.description.contains("hedge runs its handler twice") == true)
        }
        #expect(throws: FeatureError.self) { try start(nil, { $0 }, configured: #"{"work":{"hedge":{"after":"1s"}}}"#) }
        #expect(throws: FeatureError.self) { try start(ToolAnnotations(idempotentHint: true), { $0.hedge(after: .seconds(1)).idempotent { _ in "k" } }) }
    }

    @Test("adaptiveConcurrency: the limit shrinks when calls run out of time, and no more run at once; a fixed limit stays", arguments: [true, false], [true, false])
    func adaptive(isAdaptive: Bool, saysCancelled: Bool) async throws {
        // What a client for HTTP throws when its task is cancelled is an error of its own.
        struct Interrupted: Error {}
        let gate = Gate()
        let server = try server({ tool in
            (isAdaptive ? tool.adaptiveConcurrency(initial: 4, minimum: 1, maximum: 8) : tool.concurrency(4)).timeout(.seconds(1))
        }) { _ in
            do { try await gate.wait() } catch where !saysCancelled { throw Interrupted() }
            return "done"
        }
        let client = try WireClient(server)
        for id in 1...4 { client.send(Messages.call("work", id: "\(id)", modern: true)) }
        try await gate.waitForWaiters(4)
        clock.advance(by: .seconds(1))
        for id in 1...4 { #expect(try await client.response(.number(JSONNumber(id))).isToolError) }
        func limit() -> Int? {
            for policy in server.report.tools.flatMap(\.policies) {
                switch policy {
                case .adaptiveConcurrency(let limiter, 1, 8) where isAdaptive: return limiter.active == 0 ? limiter.limit : nil
                case .concurrency(let limiter, _) where !isAdaptive: return limiter.active == 0 ? limiter.limit : nil
                default: continue
                }
            }
            return nil
        }
        while limit() == nil { await Task.yield() }
        // Nine tenths, four times.
        #expect(limit() == (isAdaptive ? 2 : 4))
        for id in 5...8 { client.send(Messages.call("work", id: "\(id)", modern: true)) }
        try await gate.waitForWaiters(isAdaptive ? 2 : 4)
        while server.features.tool(named: "work")?.limiter?.snapshot.total.waiting != (isAdaptive ? 2 : 0) { await Task.yield() }
        gate.open()
        for id in 5...8 { #expect(try await client.response(.number(JSONNumber(id))).text == "done") }
    }
}

/// Counts the runs of a handler.
private final class Runs: Sendable {
    private let number = Atomic(0)
    func next() -> Int { number.add(1, ordering: .relaxed).newValue }
    var count: Int { number.load(ordering: .relaxed) }
}
