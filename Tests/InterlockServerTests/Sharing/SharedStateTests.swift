import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("What several instances have in common", .timeLimit(.minutes(5)))
struct SharedStateTests {
    private struct Cluster {
        let state = InMemoryStateStore()
        let leases: any LeaseStore
        var rates: (any RateLimitStore)?
        var clock: any SchedulingClock = SystemClock.shared

        func client(principal: Principal? = nil, _ tool: (Tool<RawJSON>) -> Tool<RawJSON> = { $0 }, _ handler: @escaping @Sendable (HandlerContext) async throws -> String) throws -> WireClient {
            var configuration = ServerConfiguration(name: "s", version: "1")
            configuration.stateStore = state
            configuration.leaseStore = leases
            if clock is SystemClock { configuration.leaseDuration = .seconds(600) } // none lapses because the machine is slow
            configuration.rateLimitStore = rates
            configuration.clock = clock
            let server = try Server(configuration: configuration) {
                tool(Tool("work", inputSchema: RawJSON(["type": "object"] as JSONValue)) { (_: RawJSON, context: HandlerContext) in try await handler(context) })
            }
            return try WireClient(server, principal: principal)
        }
    }

    private func call(_ client: WireClient, _ id: Int = 1, _ arguments: String = #"{"key":"a"}"#) async throws -> JSONValue {
        try await client.request(Messages.call("work", arguments, id: "\(id)", modern: true))
    }

    // MARK: State

    @Test("sixty increments over three instances add up; by load and store without compare they do not", arguments: [true, false])
    func increments(guarded: Bool) async throws {
        let cluster = Cluster(leases: InMemoryLeaseStore())
        let handler: @Sendable (HandlerContext) async throws -> String = { context in
            let state = context.state
            if guarded { return "\(try await state.update("n", of: Int.self) { $0 = ($0 ?? 0) + 1; return $0 ?? 0 })" }
            let value = try await state.load("n", as: Int.self) ?? 0
            await Task.yield()
            _ = try await state.store.commit([StateChange(state.prefix + "n", expecting: .anything, value: Array("\(value + 1)".utf8))])
            return "\(value + 1)"
        }
        var lostUpdate = false
        for round in 0..<(guarded ? 1 : 100) where !lostUpdate {
            _ = try await cluster.state.commit([StateChange("{server}:n", expecting: .anything, value: nil)])
            let clients = try (0..<3).map { _ in try cluster.client({ $0 }, handler) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, client) in clients.enumerated() {
                    for id in 0..<20 { group.addTask { _ = try await self.call(client, id * 3 + index + round * 100) } }
                }
                try await group.waitForAll()
            }
            let total = try await cluster.state.load(["{server}:n"])[0].map { String(decoding: $0.value, as: UTF8.self) }
            if guarded { #expect(total == "60") } else { lostUpdate = total != "60" }
        }
        #expect(lostUpdate != guarded)
    }

    @Test("values of a tenant and of a caller are theirs")
    func owners() async throws {
        let cluster = Cluster(leases: InMemoryLeaseStore())
        func visits(_ principal: Principal?, _ owner: ApplicationState.Owner) async throws -> String? {
            let client = try cluster.client(principal: principal, { $0 }) { context in
                "\(try await context.state(of: owner).update("visits", of: Int.self) { $0 = ($0 ?? 0) + 1; return $0 ?? 0 })"
            }
            return try await call(client).text
        }
        let (ann, ben, eve) = (Principal(subject: "ann", tenant: "a"), Principal(subject: "ben", tenant: "a"), Principal(subject: "ann", tenant: "b"))
        #expect(try await visits(ann, .tenant) == "1")
        #expect(try await visits(ben, .tenant) == "2")
        #expect(try await visits(eve, .tenant) == "1")
        #expect(try await visits(ann, .caller) == "1")
        #expect(try await visits(eve, .caller) == "1")
        #expect(try await visits(ann, .caller) == "2")
        #expect(try await visits(Principal(subject: "x", tenant: "a}:visits"), .tenant) == "1")
        #expect(try await visits(nil, .server) == "1")
    }

    // MARK: Leases

    /// The most calls inside at once over three instances.
    private func overlap(_ tool: (Tool<RawJSON>) -> Tool<RawJSON>) async throws -> Int {
        let cluster = Cluster(leases: InMemoryLeaseStore())
        let inside = Mutex((now: 0, peak: 0))
        let clients = try (0..<3).map { _ in
            try cluster.client({ tool($0).queue(depth: 100, deadline: .seconds(600)) }) { _ in
                inside.withLock { $0.now += 1; $0.peak = max($0.peak, $0.now) }
                for _ in 0..<4 { await Task.yield() }
                inside.withLock { $0.now -= 1 }
                return "done"
            }
        }
        for client in clients { for id in 1...8 { client.send(Messages.call("work", #"{"key":"a"}"#, id: "\(id)", modern: true)) } }
        for client in clients { for id in 1...8 { #expect(try await client.response(.number(JSONNumber(id))).text == "done") } }
        return inside.withLock { $0.peak }
    }

    private func keys(_ arguments: RawJSON) -> [String] { arguments["key"]?.string.map { [$0] } ?? [] }

    @Test("exclusive over all instances lets one call in; each instance's own lock does not")
    func exclusive() async throws {
        #expect(try await overlap { $0.exclusive(scope: .cluster) { ["\($0["key"]?.string ?? "")"] } } == 1)
        var found = false
        for _ in 0..<100 where !found { found = try await overlap { $0.exclusive { ["\($0["key"]?.string ?? "")"] } } > 1 }
        #expect(found)
    }

    @Test("concurrency over all instances holds for their sum; each instance's own does not")
    func concurrency() async throws {
        #expect(try await overlap { $0.concurrency(2, scope: .cluster) } <= 2)
        var found = false
        for _ in 0..<100 where !found { found = try await overlap { $0.concurrency(2) } > 2 }
        #expect(found)
    }

    @Test("every holder has a higher fence")
    func fences() async throws {
        let cluster = Cluster(leases: InMemoryLeaseStore())
        let clients = try (0..<2).map { _ in
            try cluster.client({ $0.exclusive(scope: .cluster) { _ in ["k"] } }) { "\($0.fence(for: "k") ?? 0) \($0.fence(for: "other") ?? 0)" }
        }
        var last = 0
        for id in 1...6 {
            let parts = try #require(try await call(clients[id % 2], id).text).split(separator: " ").compactMap { Int($0) }
            #expect(parts[0] > last && parts[1] == 0)
            last = parts[0]
        }
    }

    @Test("a handler whose lock lapsed is stopped, and its client is told that nobody knows")
    func lostLease() async throws {
        let clock = ManualClock()
        let (started, never, renewals) = (Gate(), Gate(), Gate())
        var cluster = Cluster(leases: WatchedLeases(clock: clock, renewals: renewals))
        cluster.clock = clock
        let client = try cluster.client({ $0.exclusive(scope: .cluster) { _ in ["k"] } }) { _ in
            started.open()
            try await never.wait()
            return "done"
        }
        client.send(Messages.call("work", id: "1", modern: true))
        try await started.wait()
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(4)) // past a third of the lease
        try await renewals.waitForWaiters(1)
        clock.advance(by: .seconds(7)) // the renewal comes too late
        renewals.open()
        #expect(try await client.response(.number(1)).text?.contains("lock over all instances was lost") == true)
    }

    @Test("rate limits hold over all instances where they share a store; without it each has its own", arguments: [true, false])
    func rates(shared: Bool) async throws {
        let cluster = Cluster(leases: InMemoryLeaseStore(), rates: shared ? InMemoryRateLimitStore() : nil)
        let clients = try (0..<3).map { _ in try cluster.client({ $0.rate(RateLimit(4, per: .seconds(3_600)), per: .everyone) }) { _ in "done" } }
        var admitted = 0
        for id in 1...4 { for client in clients where try await !call(client, id).isToolError { admitted += 1 } }
        #expect(admitted == (shared ? 4 : 12))
    }
}
