import InterlockConcurrency
import InterlockJSON
@testable import InterlockServer
import InterlockSimulation
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("The lines before a tool's locks, permits and worker threads", .timeLimit(.minutes(5)))
struct LinePolicyTests {
    /// What calls of the tool wait for.
    enum Kind: CaseIterable, Sendable {
        case locks, permits, workers
    }

    private struct Call: ToolInput, Decodable {
        var who: String
        static let inputSchema = InputSchema { .string("who") }.schema
    }

    /// Where the calls of a tool run: each waits at the gate of its caller.
    private final class Desk: Sendable {
        let order = Mutex<[String]>([])
        private let gates = Mutex<[String: Gate]>([:])

        func gate(_ who: String) -> Gate {
            gates.withLock { gates in
                let gate = gates[who] ?? Gate()
                gates[who] = gate
                return gate
            }
        }

        func run(_ who: String) async throws {
            order.withLock { $0.append(who) }
            try await gate(who).wait()
        }
    }

    /// A server whose one tool runs one call at a time.
    private final class Fixture: Sendable {
        let server: Server
        let clock = ManualClock()
        let desk = Desk()
        private let pool = WorkerPool(threads: 1)
        private let kind: Kind

        init(_ kind: Kind, depth: Int, whenFull: QueueConfiguration.FullPolicy = .rejectNewest) throws {
            self.kind = kind
            var configuration = ServerConfiguration(name: "s", version: "1")
            configuration.clock = clock
            configuration.workers = pool
            let tool = Tool("work") { [desk] (call: Call, _) in
                try await desk.run(call.who)
                return "done by \(call.who)"
            }.queue(depth: depth, whenFull: whenFull)
            let guarded = switch kind {
            case .locks: tool.exclusive { _ in ["one"] }
            case .permits: tool.concurrency(1)
            case .workers: tool.onWorkers()
            }
            server = try Server(configuration: configuration) { guarded }
        }

        deinit { pool.shutDown() }

        func gate(_ who: String) -> Gate { desk.gate(who) }

        /// Calls that have a place in the line.
        var waiting: Int {
            guard let tool = server.features.tool(named: "work") else { return 0 }
            return switch kind {
            case .locks: min(tool.lockLine.waiting, server.report.locks.waiting)
            case .permits: tool.limiter?.snapshot.total.waiting ?? 0
            case .workers: min(tool.workerLine.waiting, server.workers.limiter.snapshot.total.waiting)
            }
        }

        func waitForWaiting(_ count: Int) async throws {
            while waiting != count {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    private func send(_ client: WireClient, _ id: Int, _ who: String) {
        client.send(Messages.call("work", #"{"who":"\#(who)"}"#, id: "\(id)", modern: true))
    }

    @Test("a full line sends away whom the queue's policy says, and everybody else is served", arguments: Kind.allCases)
    func policy(kind: Kind) async throws {
        for (policy, away) in [(QueueConfiguration.FullPolicy.rejectNewest, 3), (.rejectOldest, 2), (.newestFirstUnderOverload, 2)] {
            let fixture = try Fixture(kind, depth: 1, whenFull: policy)
            let client = try WireClient(fixture.server)
            send(client, 1, "first")
            try await fixture.gate("first").waitForWaiters(1)
            send(client, 2, "second")
            try await fixture.waitForWaiting(1)
            send(client, 3, "third")
            let refused = try await client.response(.number(JSONNumber(away)))
            #expect(refused.text?.hasPrefix("Busy") == true && refused.isToolError)
            try await fixture.waitForWaiting(1)
            for who in ["first", "second", "third"] { fixture.gate(who).open() }
            #expect(try await client.response(1).text == "done by first")
            let stayed = away == 3 ? 2 : 3
            #expect(try await client.response(.number(JSONNumber(stayed))).text == "done by \(stayed == 2 ? "second" : "third")")
            #expect(fixture.waiting == 0)
        }
    }

    @Test("who is sent away is told how long the line needs at the pace of late", arguments: Kind.allCases)
    func pace(kind: Kind) async throws {
        let fixture = try Fixture(kind, depth: 1)
        let client = try WireClient(fixture.server)
        send(client, 1, "first")
        try await fixture.gate("first").waitForWaiters(1)
        send(client, 2, "second")
        try await fixture.waitForWaiting(1)
        fixture.clock.advance(by: .seconds(7))
        fixture.gate("first").open()
        try await fixture.gate("second").waitForWaiters(1)
        send(client, 3, "third")
        try await fixture.waitForWaiting(1)
        send(client, 4, "fourth")
        let refused = try await client.response(4)
        #expect(refused.text?.contains("Try again in 7 s") == true, "\(refused.text ?? "")")
        for who in ["second", "third"] { fixture.gate(who).open() }
        #expect(try await client.response(3).text == "done by third")
    }

    /// In which order calls run of which "a" has one each over four connections, and "b" one that comes last.
    ///
    /// - Parameter tenants: Whether a and b are tenants; else each connection stands for itself.
    private func turns(_ kind: Kind, tenants: Bool) async throws -> String {
        let fixture = try Fixture(kind, depth: 10)
        let clients = try ["a", "a", "a", "a", "b"].map { name in
            try WireClient(fixture.server, principal: tenants ? Principal(subject: "s", tenant: name) : nil)
        }
        for (number, client) in clients.enumerated() {
            send(client, number + 1, number < 4 ? "a" : "b")
            if number == 0 { try await fixture.gate("a").waitForWaiters(1) } else { try await fixture.waitForWaiting(number) }
        }
        for who in ["a", "b"] { fixture.gate(who).open() }
        for (number, client) in clients.enumerated() { _ = try await client.response(.number(JSONNumber(number + 1))) }
        return fixture.desk.order.withLock { $0.joined() }
    }

    @Test("a tenant of many sessions gets no more turns than one of a single session; without tenants every session has its own", arguments: Kind.allCases)
    func tenants(kind: Kind) async throws {
        #expect(try await turns(kind, tenants: true) == "aabaa")
        #expect(try await turns(kind, tenants: false) == "aaaab")
    }

    @Test("a tenant's sessions take turns for its permits and worker threads", arguments: [Kind.permits, .workers])
    func sessions(kind: Kind) async throws {
        let fixture = try Fixture(kind, depth: 10)
        let acme = Principal(subject: "s", tenant: "acme")
        let (busy, other) = (try WireClient(fixture.server, principal: acme), try WireClient(fixture.server, principal: acme))
        for number in 1...4 {
            send(busy, number, "a")
            if number == 1 { try await fixture.gate("a").waitForWaiters(1) } else { try await fixture.waitForWaiting(number - 1) }
        }
        send(other, 5, "b")
        try await fixture.waitForWaiting(4)
        for who in ["a", "b"] { fixture.gate(who).open() }
        for number in 1...4 { _ = try await busy.response(.number(JSONNumber(number))) }
        _ = try await other.response(5)
        #expect(fixture.desk.order.withLock { $0.joined() } == "aabaa")
    }

    @Test("a full line takes a place from the tenant with most calls in it", arguments: Kind.allCases)
    func places(kind: Kind) async throws {
        let fixture = try Fixture(kind, depth: 2)
        let clients = try ["acme", "globex"].map { try WireClient(fixture.server, principal: Principal(subject: "s", tenant: $0)) }
        send(clients[0], 1, "a")
        try await fixture.gate("a").waitForWaiters(1)
        for number in 2...3 {
            send(clients[0], number, "a")
            try await fixture.waitForWaiting(number - 1)
        }
        send(clients[1], 4, "b")
        #expect(try await clients[0].response(3).text?.hasPrefix("Busy") == true, "its newest call made room")
        for who in ["a", "b"] { fixture.gate(who).open() }
        #expect(try await clients[1].response(4).text == "done by b")
        #expect(try await clients[0].response(2).text == "done by a")
    }
}
