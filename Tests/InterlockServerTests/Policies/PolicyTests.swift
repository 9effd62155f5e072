import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockSimulation
import InterlockTesting
import Synchronization
import Testing

@Suite("Policies")
struct PolicyTests {
    struct Key: ToolInput, Decodable {
        var key: String
        static let inputSchema = InputSchema { .string("key") }.schema
    }

    /// Calls whose critical section awaits; the greatest number of them inside at once is the finding.
    private func overlap(_ calls: Int, _ guarded: (Tool<Key>) -> Tool<Key>) async throws -> Int {
        let inside = Mutex((now: 0, peak: 0))
        let tool = guarded(Tool("work") { (_: Key, _) in
            inside.withLock { $0.now += 1; $0.peak = max($0.peak, $0.now) }
            for _ in 0..<4 { await Task.yield() }
            inside.withLock { $0.now -= 1 }
            return "done"
        })
        let client = try WireClient(try Server(name: "s", version: "1") { tool })
        for id in 1...calls { client.send(Messages.call("work", #"{"key":"a"}"#, id: "\(id)", modern: true)) }
        for id in 1...calls { _ = try await client.response(.number(JSONNumber(id))) }
        return inside.withLock { $0.peak }
    }

    @Test("exclusive lets one call in at a time for a key; without it they overlap", .timeLimit(.minutes(5)))
    func exclusive() async throws {
        #expect(try await overlap(40) { $0.exclusive { [$0.key] } } == 1)
        #expect(try await failsWithin100Rounds { try await overlap(40) { $0 } > 1 })
    }

    @Test("concurrency lets so many in and no more; without it more are inside", .timeLimit(.minutes(5)))
    func concurrency() async throws {
        #expect(try await overlap(60) { $0.concurrency(3).queue(depth: 100) } <= 3)
        #expect(try await failsWithin100Rounds { try await overlap(60) { $0 } > 3 })
    }

    /// A proof's negative control: the same body without its guard.
    private func failsWithin100Rounds(_ body: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<100 where try await body() { return true }
        return false
    }

    @Test("locks over several keys in opposite orders never deadlock", .timeLimit(.minutes(5)))
    func noDeadlock() async throws {
        struct Pair: ToolInput, Decodable {
            var a, b: String
            static let inputSchema = InputSchema { .string("a"); .string("b") }.schema
        }
        let server = try Server(name: "s", version: "1") {
            Tool("pair") { (_: Pair, _) in
                await Task.yield()
                return "done"
            }.exclusive { [$0.a, $0.b] }.queue(depth: 1_000)
        }
        let client = try WireClient(server)
        for id in 1...200 {
            let keys = id % 2 == 0 ? #"{"a":"x","b":"y"}"# : #"{"a":"y","b":"x"}"#
            client.send(Messages.call("pair", keys, id: "\(id)", modern: true))
        }
        for id in 1...200 { #expect(try await client.response(.number(JSONNumber(id))).text == "done") }
    }

    @Test("a full queue is answered busy, as a tool result that says when to retry", .timeLimit(.minutes(5)))
    func busy() async throws {
        let gate = Gate()
        let server = try Server(name: "s", version: "1") {
            Tool("work") { (_: HandlerContext) in try await gate.wait(); return "done" }.concurrency(1).queue(depth: 2)
        }
        let client = try WireClient(server)
        client.send(Messages.call("work", id: "1", modern: true))
        try await gate.waitForWaiters(1)
        for id in 2...10 { client.send(Messages.call("work", id: "\(id)", modern: true)) }
        var refused: [JSONValue] = []
        for _ in 0..<7 { refused.append(try await client.next()) }
        for answer in refused {
            #expect(answer.isToolError)
            #expect(answer.text?.hasPrefix("Busy") == true && answer.text?.contains("Try again in") == true)
        }
        gate.open()
        for _ in 0..<3 { #expect(try await client.next().text == "done") }
    }

    @Test("a queue without places lets free locks pass, and whoever would wait for one is told at once; with places they wait", .timeLimit(.minutes(5)), arguments: [0, 2])
    func lockQueue(depth: Int) async throws {
        let gate = Gate()
        let server = try Server(name: "s", version: "1") {
            Tool("work") { (_: HandlerContext) in try await gate.wait(); return "done" }.exclusive { _ in ["key"] }.queue(depth: depth)
        }
        let client = try WireClient(server)
        client.send(Messages.call("work", id: "1", modern: true))
        try await gate.waitForWaiters(1)
        for id in 2...6 { client.send(Messages.call("work", id: "\(id)", modern: true)) }
        for _ in 0..<5 - depth {
            let answer = try await client.next()
            #expect(answer.isToolError && answer.text?.hasPrefix("Busy") == true)
        }
        gate.open()
        for _ in 0..<1 + depth { #expect(try await client.next().text == "done") }
        #expect(try await client.request(Messages.call("work", id: "7", modern: true)).text == "done", "every place and lock is free again")
    }

    /// The order in which calls of two sessions get a lock, when four of one were there before the single one of the other.
    ///
    /// - Parameter sessions: With `false` all come over one connection: exclusion without fairness.
    private func lockOrder(sessions: Bool) async throws -> String {
        let gate = Gate()
        let order = Mutex("")
        let server = try Server(name: "s", version: "1") {
            Tool("work") { (input: Key, _) in
                order.withLock { $0 += input.key }
                try await gate.wait()
                return "done"
            }.exclusive { _ in ["one"] }.queue(depth: 10)
        }
        let busy = try WireClient(server)
        let other = sessions ? try WireClient(server) : busy
        busy.send(Messages.call("work", #"{"key":"a"}"#, id: "1", modern: true))
        try await gate.waitForWaiters(1)
        for id in 2...4 { busy.send(Messages.call("work", #"{"key":"a"}"#, id: "\(id)", modern: true)) }
        while server.report.locks.waiting < 3 { await Task.yield() }
        other.send(Messages.call("work", #"{"key":"b"}"#, id: "5", modern: true))
        while server.report.locks.waiting < 4 { await Task.yield() }
        gate.open()
        for id in 1...4 { _ = try await busy.response(.number(JSONNumber(id))) }
        _ = try await other.response(5)
        return order.withLock { $0 }
    }

    @Test("exclusive gives a key to the sessions that wait for it in turn; one session's calls are first come first served", .timeLimit(.minutes(5)))
    func fairLocks() async throws {
        #expect(try await lockOrder(sessions: true) == "aabaa")
        #expect(try await lockOrder(sessions: false) == "aaaab")
    }

    @Test("the queue's deadline passes by the injected clock", .timeLimit(.minutes(5)))
    func queueDeadline() async throws {
        let (gate, clock) = (Gate(), ManualClock())
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        let server = try Server(configuration: configuration) {
            Tool("work") { (_: HandlerContext) in try await gate.wait(); return "done" }.concurrency(1).queue(depth: 10, deadline: .seconds(5))
        }
        let client = try WireClient(server)
        client.send(Messages.call("work", id: "1", modern: true))
        try await gate.waitForWaiters(1)
        client.send(Messages.call("work", id: "2", modern: true))
        while clock.pendingCount == 0 { await Task.yield() }
        clock.advance(by: .seconds(6))
        let answer = try await client.response(2)
        #expect(answer.isToolError && answer.text?.contains("Busy") == true)
        gate.open()
        #expect(try await client.response(1).text == "done")
    }

    @Test("a timeout answers at its time, and the permit stays taken until the handler has returned", .timeLimit(.minutes(5)))
    func timeout() async throws {
        let (gate, clock) = (Gate(), ManualClock())
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        let server = try Server(configuration: configuration) {
            Tool("stubborn") { (_: HandlerContext) in
                await Task { try? await gate.wait() }.value // ignores cancellation
                return "late"
            }.timeout(.seconds(3)).concurrency(1).queue(depth: 0)
        }
        let client = try WireClient(server)
        client.send(Messages.call("stubborn", id: "1", modern: true))
        try await gate.waitForWaiters(1)
        clock.advance(by: .seconds(3))
        let answer = try await client.response(1)
        #expect(answer.isToolError && answer.text?.contains("did not finish within") == true)
        #expect(try await client.request(Messages.call("stubborn", id: "2", modern: true)).text?.hasPrefix("Busy") == true)
        gate.open()
        while server.snapshot.callsInFlight > 0 { await Task.yield() }
        #expect(client.pending.isEmpty, "the late result is not sent")
    }

    @Test("a handler that got no turn at a limiter of its own has begun, and is not answered as if it had not", .timeLimit(.minutes(5)))
    func handlersOwnLimiter() async throws {
        let closed = Limiter(limit: 0, queue: .init(depth: 0, deadline: nil, whenFull: .rejectNewest))
        let effects = Mutex(0)
        let server = try Server(name: "s", version: "1") {
            Tool("pay", inputSchema: RawJSON(["type": "object"] as JSONValue)) { (_: RawJSON, _) in
                effects.withLock { $0 += 1 }
                try await closed.withPermit {}
                return CallToolResult.text("paid")
            }.idempotent { _ in "key" }
            Tool("limited") { (_: HandlerContext) in "never" }.concurrency(1).rate(RateLimit(1, per: .seconds(60)))
        }
        let client = try WireClient(server)
        let first = try await client.request(Messages.call("pay", id: "1", modern: true))
        #expect(first.isToolError)
        #expect(first.text?.contains("had begun") == true)
        #expect(first["result"]?["_meta"]?["interlock/busy"] == nil)
        #expect(try await client.request(Messages.call("pay", id: "2", modern: true)).text == first.text, "the same key gets the first answer")
        #expect(effects.withLock { $0 } == 1, "what has begun is not run again")
        // The control: what a policy refuses was not run, and says so.
        _ = try await client.request(Messages.call("limited", id: "3", modern: true))
        let refused = try await client.request(Messages.call("limited", id: "4", modern: true))
        #expect(refused.text?.contains("was not run") == true)
        #expect(refused["result"]?["_meta"]?["interlock/busy"] != nil)
    }

    @Test("work on workers leaves the cooperative pool free", .timeLimit(.minutes(5)))
    func workers() async throws {
        let started = Gate()
        let release = Mutex(false)
        let server = try Server(name: "s", version: "1") {
            Tool("burn") { (_: HandlerContext) in
                started.open()
                while !release.withLock({ $0 }) {} // holds its thread
                return "burnt"
            }.onWorkers()
            Tool("fast") { (_: HandlerContext) in "fast" }
        }
        let client = try WireClient(server)
        for id in 1...4 { client.send(Messages.call("burn", id: "\(id)", modern: true)) }
        try await started.wait()
        for id in 10...60 { #expect(try await client.request(Messages.call("fast", id: "\(id)", modern: true)).text == "fast") }
        release.withLock { $0 = true }
        for id in 1...4 { #expect(try await client.response(.number(JSONNumber(id))).text == "burnt") }
    }

    @Test("the queue bounds how many wait for a worker thread; a deeper one lets more wait", .timeLimit(.minutes(5)), arguments: [0, 2])
    func workerQueue(depth: Int) async throws {
        let gate = Gate()
        let pool = WorkerPool(threads: 1)
        defer { pool.shutDown() }
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.workers = pool
        let server = try Server(configuration: configuration) {
            Tool("burn") { (_: HandlerContext) in try await gate.wait(); return "burnt" }.onWorkers().queue(depth: depth)
        }
        let client = try WireClient(server)
        client.send(Messages.call("burn", id: "1", modern: true))
        try await gate.waitForWaiters(1)
        for id in 2...6 { client.send(Messages.call("burn", id: "\(id)", modern: true)) }
        for _ in 0..<5 - depth { #expect(try await client.next().text?.hasPrefix("Busy") == true) }
        #expect(server.report.tools.first?.events.workerRefusals == 5 - depth)
        gate.open()
        for _ in 0..<1 + depth { #expect(try await client.next().text == "burnt") }
    }

    @Test("one session's thousand queued calls delay another's single call by at most one grant", .timeLimit(.minutes(5)))
    func fairness() async throws {
        let order = Mutex<[String]>([])
        let gate = Gate()
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.maximumInFlight = 1
        configuration.maximumQueued = 2_000
        let server = try Server(configuration: configuration) {
            Tool("work", inputSchema: InputSchema { .string("who") }.schema) { (arguments: RawJSON, _) in
                if arguments["who"]?.string == "first" { try await gate.wait() }
                order.withLock { $0.append(arguments["who"]?.string ?? "") }
                return "done"
            }
        }
        let (flood, other) = (try WireClient(server), try WireClient(server))
        flood.send(Messages.call("work", #"{"who":"first"}"#, id: "0", modern: true))
        try await gate.waitForWaiters(1)
        for id in 1...1_000 { flood.send(Messages.call("work", #"{"who":"flood"}"#, id: "\(id)", modern: true)) }
        while server.snapshot.admission.waiting < 1_000 { await Task.yield() }
        other.send(Messages.call("work", #"{"who":"other"}"#, id: "1", modern: true))
        while server.snapshot.admission.waiting < 1_001 { await Task.yield() }
        gate.open()
        #expect(try await other.response(1).text == "done")
        for id in 1...1_000 { _ = try await flood.response(.number(JSONNumber(id))) }
        let place = try #require(order.withLock { $0.firstIndex(of: "other") })
        #expect(place <= 2, "after the running call at most one grant of the flood comes first, but it was \(place)")
    }

    @Test("bytes of pending requests are bounded", .timeLimit(.minutes(5)))
    func pendingBytes() async throws {
        let gate = Gate()
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.maximumPendingBytes = 10_000
        let server = try Server(configuration: configuration) {
            Tool("keep", inputSchema: RawJSON(["type": "object"] as JSONValue)) { (_: RawJSON, _) in try await gate.wait(); return "kept" }
        }
        let client = try WireClient(server)
        let ballast = String(repeating: "x", count: 4_000)
        for id in 1...3 { client.send(Messages.call("keep", #"{"text":"\#(ballast)"}"#, id: "\(id)", modern: true)) }
        #expect(try await client.next().text?.hasPrefix("Busy") == true)
        gate.open()
        for _ in 0..<2 { #expect(try await client.next().text == "kept") }
        while server.snapshot.callsInFlight > 0 { await Task.yield() }
        #expect(server.snapshot.pendingBytes == 0)
    }
}
