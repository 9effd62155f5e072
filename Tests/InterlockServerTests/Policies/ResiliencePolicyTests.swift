import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockTesting
import Synchronization
import Testing

@Suite("Policies about the resource behind a tool", .timeLimit(.minutes(5)))
struct ResiliencePolicyTests {
    private let clock = ManualClock()
    private static let anything = RawJSON(["type": "object"] as JSONValue)

    /// A tool that counts its runs, with the policies under test or, as their control, without.
    private func server(
        guarded: Bool, _ policies: @escaping (Tool<RawJSON>) -> Tool<RawJSON>, configure: (inout ServerConfiguration) -> Void = { _ in },
        _ handler: @escaping @Sendable (_ run: Int, RawJSON, HandlerContext) async throws -> CallToolResult
    ) throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.random = RandomSource(SeededRandom(seed: 1))
        configure(&configuration)
        let runs = Runs()
        return try Server(configuration: configuration) {
            let tool = Tool("work", inputSchema: Self.anything) { (arguments: RawJSON, context) in try await handler(runs.next(), arguments, context) }
            guarded ? policies(tool) : tool
        }
    }

    private func call(_ client: WireClient, _ id: Int, _ arguments: String = "{}") async throws -> JSONValue {
        try await client.request(Messages.call("work", arguments, id: "\(id)", modern: true))
    }

    private static func text(_ run: Int) -> CallToolResult { .text("run \(run)") }

    /// Waits until so many calls, with the one that began it, wait for the run they share: one that is in flight may not have come so far.
    private func isShared(by calls: Int, on server: Server) async -> Bool {
        await comesTrue { server.features.tool(named: "work")?.resilience?.flights?.results.snapshot.waiting == calls }
    }

    @Test("rate: a call beyond the limit is answered when to come back, and another caller's is not touched", arguments: [true, false])
    func rate(guarded: Bool) async throws {
        let server = try server(guarded: guarded, { $0.rate(RateLimit(3, per: .seconds(60))) }) { run, _, _ in Self.text(run) }
        let (client, other) = (try WireClient(server), try WireClient(server))
        for id in 1...3 { #expect(try await call(client, id).isToolError == false) }
        let fourth = try await call(client, 4)
        #expect(fourth.isToolError == guarded)
        #expect(try await call(other, 1).isToolError == false)
        guard guarded else { return }
        #expect(fourth.text?.contains("more often than it may be") == true)
        #expect(fourth["result"]?["_meta"]?["interlock/busy"]?["retryAfterSeconds"]?.int == 20)
        clock.advance(by: .seconds(20))
        #expect(try await call(client, 5).isToolError == false)
        #expect(try await call(client, 6).isToolError)
    }

    @Test("rate for everyone: callers share it")
    func rateForEveryone() async throws {
        let server = try server(guarded: true, { $0.rate(RateLimit(1, per: .seconds(60)), per: .everyone) }) { run, _, _ in Self.text(run) }
        #expect(try await call(try WireClient(server), 1).isToolError == false)
        #expect(try await call(try WireClient(server), 1).isToolError)
    }

    @Test("rate: who went beyond is blocked for a while, if it says so", arguments: [true, false])
    func rateBlocks(blocks: Bool) async throws {
        let server = try server(guarded: true, { $0.rate(RateLimit(1, per: .seconds(10)), blockTime: blocks ? .seconds(60) : nil) }) { run, _, _ in Self.text(run) }
        let client = try WireClient(server)
        #expect(try await !call(client, 1).isToolError)
        #expect(try await call(client, 2).isToolError)
        clock.advance(by: .seconds(11))
        #expect(try await call(client, 3).isToolError == blocks)
        clock.advance(by: .seconds(60))
        #expect(try await !call(client, 4).isToolError)
    }

    @Test("rate in shadow mode counts and refuses nobody")
    func rateInShadow() async throws {
        let server = try server(guarded: true, { $0.rate(RateLimit(1, per: .seconds(10)), isShadow: true) }) { run, _, _ in Self.text(run) }
        let client = try WireClient(server)
        for id in 1...4 { #expect(try await !call(client, id).isToolError) }
        #expect(server.report.tools.first?.events.shadowRefusals == 3)
    }

    @Test("a cache is bounded by bytes: what alone is too large is run again", arguments: [(1_000, 2), (1_000_000, 1)])
    func cacheBytes(bytes: Int, runs: Int) async throws {
        let server = try server(guarded: true, { $0.cache(bytes: bytes, ttl: .seconds(60)) }) { run, _, _ in
            .text("run \(run) " + String(repeating: "x", count: 2_000))
        }
        let client = try WireClient(server)
        _ = try await call(client, 1)
        #expect(try await call(client, 2).text?.hasPrefix("run \(runs) ") == true)
    }

    @Test("what policies did is counted: retries, timeouts, shed calls, workers, answers given again")
    func events() async throws {
        let gate = Gate()
        let server = try server(guarded: true, { tool in
            tool.retry(RetryPolicy(attempts: 2, backoff: Backoff(first: .zero, jitter: .none))).timeout(.seconds(5)).onWorkers().idempotent { _ in "k" }
        }) { run, _, _ in
            if run == 1 { throw Upstream() }
            return Self.text(run)
        }
        try server.addFeatures { Tool("slow") { (_: HandlerContext) in try await gate.wait(); return "late" }.timeout(.seconds(5)) }
        let client = try WireClient(server)
        for id in 1...2 { #expect(try await call(client, id).text == "run 2") }
        client.send(Messages.call("slow", id: "3", modern: true))
        try await gate.waitForWaiters(1)
        clock.advance(by: .seconds(5))
        _ = try await client.response(3)
        let events = Dictionary(uniqueKeysWithValues: server.report.tools.map { ($0.name, $0.events) })
        #expect(events["work"]?.replays == 1 && events["work"]?.workerRuns == 1 && events["work"]?.timeouts == 0)
        #expect(events["slow"]?.timeouts == 1)
        let retries = server.report.tools.flatMap(\.policies).compactMap { if case .retry(let retry) = $0 { retry.snapshot } else { nil } }
        #expect(retries.count == 1 && retries.first?.retries == 1 && retries.first?.recovered == 1 && retries.first?.attempts == 2)
    }

    @Test("breaker: what fails is left alone, then tried again", arguments: [true, false])
    func breaker(guarded: Bool) async throws {
        let seen = Runs()
        let configuration = CircuitBreakerConfiguration(window: .calls(4), minimumCalls: 2, failureRate: 0.5, openDuration: .seconds(30), probes: 1)
        let server = try server(guarded: guarded, { $0.breaker(configuration) }) { run, _, _ in
            _ = seen.next()
            if run <= 2 { throw Upstream() }
            return Self.text(run)
        }
        let client = try WireClient(server)
        for id in 1...2 { #expect(try await call(client, id).isToolError) }
        let third = try await call(client, 3)
        #expect(third.isToolError == guarded)
        #expect(seen.count == (guarded ? 2 : 3))
        guard guarded else { return }
        #expect(third.text?.contains("left alone") == true)
        clock.advance(by: .seconds(30))
        #expect(try await call(client, 4).text == "run 3")
        #expect(try await call(client, 5).text == "run 4")
    }

    @Test("breaker: an answer that says no is an answer")
    func breakerLetsAnswersPass() async throws {
        let configuration = CircuitBreakerConfiguration(window: .calls(4), minimumCalls: 2, failureRate: 0.5, openDuration: .seconds(30), probes: 1)
        let server = try server(guarded: true, { $0.breaker(configuration) }) { run, _, _ in throw ToolError("no \(run)") }
        let client = try WireClient(server)
        for id in 1...6 { #expect(try await call(client, id).text == "no \(id)") }
    }

    @Test("breaker: calls that time out are failures")
    func breakerSeesTimeouts() async throws {
        let gate = Gate()
        let configuration = CircuitBreakerConfiguration(window: .calls(4), minimumCalls: 2, failureRate: 0.5, openDuration: .seconds(30), probes: 1)
        let server = try server(guarded: true, { $0.breaker(configuration).timeout(.seconds(5)) }) { run, _, _ in
            try await gate.wait()
            return Self.text(run)
        }
        let client = try WireClient(server)
        for id in 1...2 {
            client.send(Messages.call("work", id: "\(id)", modern: true))
            try await gate.waitForWaiters(1)
            clock.advance(by: .seconds(6))
            #expect(try await client.response(.number(JSONNumber(id))).text?.contains("did not finish") == true)
            while server.snapshot.callsInFlight > 0 { await Task.yield() }
        }
        #expect(try await call(client, 3).text?.contains("left alone") == true)
    }

    @Test("cache: one run for the same arguments in any order, until they are old; errors are not kept", arguments: [true, false])
    func cache(guarded: Bool) async throws {
        let server = try server(guarded: guarded, { $0.cache(ttl: .seconds(10)) }) { run, arguments, _ in
            arguments["fail"] == nil ? Self.text(run) : .error("run \(run)")
        }
        let (client, other) = (try WireClient(server), try WireClient(server))
        #expect(try await call(client, 1, #"{"a":1,"b":2}"#).text == "run 1")
        #expect(try await call(client, 2, #"{"b":2,"a":1}"#).text == (guarded ? "run 1" : "run 2"))
        guard guarded else { return }
        #expect(try await call(client, 3, #"{"a":1,"b":3}"#).text == "run 2")
        #expect(try await call(other, 1, #"{"a":1,"b":2}"#).text == "run 3", "another caller's result is its own")
        #expect(try await call(client, 4, #"{"fail":true}"#).text == "run 4")
        #expect(try await call(client, 5, #"{"fail":true}"#).text == "run 5")
        clock.advance(by: .seconds(11))
        #expect(try await call(client, 6, #"{"a":1,"b":2}"#).text == "run 6")
    }

    @Test("coalesce: calls for the same while one runs share its result; one that leaves takes nothing along", arguments: [true, false])
    func coalesce(guarded: Bool) async throws {
        let gate = Gate()
        let server = try server(guarded: guarded, { $0.coalesce() }) { run, _, _ in
            try await gate.wait()
            return Self.text(run)
        }
        let client = try WireClient(server)
        for id in 1...10 {
            client.send(Messages.call("work", id: "\(id)", modern: true))
            if id == 1 { try await gate.waitForWaiters(1) } // the first begins the work
        }
        if guarded {
            #expect(await isShared(by: 10, on: server))
            client.send(Messages.cancel("1"))
            while server.snapshot.callsInFlight > 9 { await Task.yield() }
        } else {
            try await gate.waitForWaiters(10)
        }
        #expect(gate.waiterCount == (guarded ? 1 : 10))
        gate.open()
        var texts: Set<String> = []
        for id in 2...10 { texts.insert(try await client.response(.number(JSONNumber(id))).text ?? "") }
        #expect(texts.count == (guarded ? 1 : 9))
    }

    @Test("a shared call that takes too long is answered like any other, and its handler is cancelled when nobody waits")
    func sharedTimeout() async throws {
        let (gate, cancelled) = (Gate(), Gate())
        let server = try server(guarded: true, { $0.coalesce().timeout(.seconds(5)) }) { run, _, _ in
            do { try await gate.wait() } catch {
                cancelled.open()
                throw error
            }
            return Self.text(run)
        }
        let client = try WireClient(server)
        for id in 1...3 { client.send(Messages.call("work", id: "\(id)", modern: true)) }
        try await gate.waitForWaiters(1)
        #expect(await isShared(by: 3, on: server))
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(6))
        for id in 1...3 { #expect(try await client.response(.number(JSONNumber(id))).text?.contains("did not finish") == true) }
        try await cancelled.wait()
    }

    @Test("a shared call is answered at its timeout also when its handler ignores that it is cancelled", arguments: ["coalesce", "cache"])
    func stubbornSharedRun(policy: String) async throws {
        let gate = Gate()
        let policies: (Tool<RawJSON>) -> Tool<RawJSON> = { (policy == "cache" ? $0.cache(ttl: .seconds(60)) : $0.coalesce()).timeout(.seconds(5)) }
        let server = try server(guarded: true, policies) { run, _, _ in
            await Task { try? await gate.wait() }.value // ignores cancellation
            return Self.text(run)
        }
        let client = try WireClient(server)
        client.send(Messages.call("work", id: "1", modern: true))
        try await gate.waitForWaiters(1)
        clock.advance(by: .seconds(5))
        #expect(try await client.response(1).text?.contains("did not finish") == true)
        gate.open()
        let second = try await call(client, 2)
        #expect(second.text == "run 2", "what came too late is not kept")
    }

    @Test("the breaker of a tool whose calls share runs sees that these time out", arguments: ["coalesce", "cache"], [true, false])
    func breakerSeesSharedTimeouts(policy: String, honoursCancellation: Bool) async throws {
        let gate = Gate()
        let configuration = CircuitBreakerConfiguration(window: .calls(4), minimumCalls: 2, failureRate: 0.5, openDuration: .seconds(30), probes: 1)
        let policies: (Tool<RawJSON>) -> Tool<RawJSON> = {
            (policy == "cache" ? $0.cache(ttl: .seconds(60)) : $0.coalesce()).timeout(.seconds(5)).breaker(configuration)
        }
        let server = try server(guarded: true, policies) { run, _, _ in
            if honoursCancellation { try await gate.wait() } else { await Task { try? await gate.wait() }.value }
            return Self.text(run)
        }
        let client = try WireClient(server)
        for id in 1...2 {
            client.send(Messages.call("work", id: "\(id)", modern: true))
            try await gate.waitForWaiters(honoursCancellation ? 1 : id)
            clock.advance(by: .seconds(6))
            #expect(try await client.response(.number(JSONNumber(id))).text?.contains("did not finish") == true)
        }
        gate.open()
        while server.report.tools.first(where: { $0.name == "work" })?.breaker?.state != .open { await Task.yield() }
        #expect(try await call(client, 3).text?.contains("left alone") == true)
    }

    @Test("retry: what may pass is tried again after a growing wait; an answer is not", arguments: [true, false])
    func retry(guarded: Bool) async throws {
        let server = try server(guarded: guarded, { $0.retry(RetryPolicy(attempts: 3, backoff: Backoff(first: .seconds(1), jitter: .none))) }) { run, arguments, _ in
            if arguments["no"] != nil { throw ToolError("no, run \(run)") }
            if run < 3 { throw Upstream() }
            return Self.text(run)
        }
        let client = try WireClient(server)
        client.send(Messages.call("work", id: "1", modern: true))
        if guarded {
            try await clock.waitForPending(1)
            clock.advance(by: .seconds(1))
            try await clock.waitForPending(1)
            clock.advance(by: .seconds(2))
        }
        #expect(try await client.response(1).text == (guarded ? "run 3" : "The tool 'work' failed inside; the server's log says why."))
        #expect(try await call(client, 2, #"{"no":1}"#).text == "no, run \(guarded ? 4 : 2)")
    }

    @Test("sheddable: under overload the tool is switched off while others still wait in line", arguments: [true, false])
    func sheddable(guarded: Bool) async throws {
        let gate = Gate()
        let server = try server(guarded: guarded, { $0.sheddable(priority: .first) }, configure: { $0.maximumInFlight = 1; $0.maximumQueued = 8 }) { run, _, _ in Self.text(run) }
        try server.addFeatures { Tool("hold") { (_: HandlerContext) in try await gate.wait(); return "held" } }
        let client = try WireClient(server)
        for id in 1...3 { client.send(Messages.call("hold", id: "\(id)", modern: true)) }
        while server.snapshot.admission.waiting < 2 { await Task.yield() } // a quarter of the queue
        client.send(Messages.call("work", id: "9", modern: true))
        if guarded {
            #expect(try await client.response(9).isToolError)
        } else {
            while server.snapshot.admission.waiting < 3 { await Task.yield() }
            #expect(client.pending.isEmpty)
        }
        gate.open()
        for id in 1...3 { #expect(try await client.response(.number(JSONNumber(id))).text == "held") }
    }
}

private struct Upstream: Error {}

/// Numbers the runs of a handler.
private final class Runs: Sendable {
    private let number = Atomic(0)
    func next() -> Int { number.add(1, ordering: .relaxed).newValue }
    var count: Int { number.load(ordering: .relaxed) }
}
