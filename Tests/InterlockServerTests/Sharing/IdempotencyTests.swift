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

@Suite("Calls that take effect once", .timeLimit(.minutes(5)))
struct IdempotencyTests {
    private let clock = ManualClock()
    private static let schema = RawJSON(["type": "object"] as JSONValue)

    /// Instances of one server: they share their stores and nothing else.
    private struct Cluster {
        let idempotency: any IdempotencyStore
        let state: any StateStore
        let clock: ManualClock

        func server(guarded: Bool = true, effects: IdempotentEffects = .unknown, _ handler: @escaping @Sendable (HandlerContext) async throws -> String) throws -> Server {
            var configuration = ServerConfiguration(name: "s", version: "1")
            configuration.clock = clock
            configuration.idempotencyStore = idempotency
            configuration.stateStore = state
            configuration.startsFastHandlersInline = false
            return try Server(configuration: configuration) {
                let tool = Tool("pay", inputSchema: IdempotencyTests.schema) { (_: RawJSON, context: HandlerContext) in try await handler(context) }
                guarded ? tool.idempotent(holding: .seconds(5), effects: effects) { $0["key"]?.string } : tool
            }
        }
    }

    private var cluster: Cluster {
        Cluster(idempotency: InMemoryIdempotencyStore(clock: clock), state: InMemoryStateStore(clock: clock), clock: clock)
    }

    private func pay(_ client: WireClient, _ key: String?, amount: Int = 1, id: Int = 1) async throws -> JSONValue {
        let key = key.map { #""key":"\#($0)","# } ?? ""
        return try await client.request(Messages.call("pay", "{\(key)\"amount\":\(amount)}", id: "\(id)", modern: true))
    }

    @Test("a retry on another instance gets the first answer; without the policy money moves twice", arguments: [true, false])
    func once(guarded: Bool) async throws {
        let (cluster, runs) = (cluster, Counter())
        let handler: @Sendable (HandlerContext) async throws -> String = { _ in "payment \(runs.next())" }
        let first = try WireClient(try cluster.server(guarded: guarded, handler))
        let second = try WireClient(try cluster.server(guarded: guarded, handler))
        #expect(try await pay(first, "a").text == "payment 1")
        #expect(try await pay(second, "a").text == (guarded ? "payment 1" : "payment 2"))
        #expect(runs.count == (guarded ? 1 : 2))
        guard guarded else { return }
        #expect(try await pay(second, "b").text == "payment 2")
        #expect(try await pay(second, nil).text == "payment 3")
        #expect(try await pay(second, nil).text == "payment 4")
    }

    @Test("the same key with other arguments is refused, and nothing is done")
    func mismatch() async throws {
        let runs = Counter()
        let client = try WireClient(try cluster.server { _ in "payment \(runs.next())" })
        _ = try await pay(client, "a", amount: 1)
        let other = try await pay(client, "a", amount: 2)
        #expect(other.isToolError && other.text?.contains("other arguments") == true)
        #expect(runs.count == 1)
    }

    @Test("errors of the handler are answers too: a retry does not run it again")
    func errors() async throws {
        struct Broken: Error {}
        let runs = Counter()
        let client = try WireClient(try cluster.server { _ in
            if runs.next() == 1 { throw ToolError("no cover") }
            throw Broken()
        })
        for id in 1...3 { #expect(try await pay(client, "a", id: id).text == "no cover") }
        let failed = try await pay(client, "b").text
        #expect(try await pay(client, "b").text == failed)
        #expect(runs.count == 2)
    }

    @Test("who comes while the first call runs waits for its answer")
    func concurrent() async throws {
        let (runs, gate, cluster) = (Counter(), Gate(), cluster)
        let handler: @Sendable (HandlerContext) async throws -> String = { _ in
            try await gate.wait()
            return "payment \(runs.next())"
        }
        let (first, second) = (try WireClient(try cluster.server(handler)), try WireClient(try cluster.server(handler)))
        first.send(Messages.call("pay", #"{"key":"a"}"#, id: "1", modern: true))
        try await gate.waitForWaiters(1)
        second.send(Messages.call("pay", #"{"key":"a"}"#, id: "1", modern: true))
        try await clock.waitForPending(1)
        gate.open()
        #expect(try await first.response(.number(1)).text == "payment 1")
        clock.advance(by: .seconds(1))
        #expect(try await second.response(.number(1)).text == "payment 1")
        #expect(runs.count == 1)
    }

    @Test("a call whose instance died is not run again, and its client is told so")
    func lost() async throws {
        let (runs, cluster) = (Counter(), cluster)
        let client = try WireClient(try cluster.server { _ in "payment \(runs.next())" })
        try await claimAsTheDead(cluster)
        clock.advance(by: .seconds(6))
        let answer = try await pay(client, "a")
        #expect(answer.isToolError && answer.text?.contains("not known") == true)
        #expect(runs.count == 0)
    }

    @Test("of a tool that changes only state it can be said whether it took effect: then it is run again if not", arguments: [true, false])
    func lostWithState(tookEffect: Bool) async throws {
        let (runs, cluster) = (Counter(), cluster)
        let server = try cluster.server(effects: .state) { context in
            _ = runs.next()
            return "\(try await context.state.update("paid", of: Int.self) { $0 = ($0 ?? 0) + 1; return $0 ?? 0 })"
        }
        let name = try await claimAsTheDead(cluster)
        if tookEffect {
            // What the dead instance did before it could keep its answer.
            let mark = IdempotentCommit(name: name, keeping: .seconds(60)).changes(under: "{server}:")
            #expect(try await cluster.state.commit(mark + [StateChange("{server}:paid", expecting: .absent, value: Array("1".utf8))]))
        }
        clock.advance(by: .seconds(6))
        let answer = try await pay(try WireClient(server), "a")
        #expect(answer.isToolError == false)
        #expect(runs.count == (tookEffect ? 0 : 1))
        #expect(answer.text?.contains("earlier attempt") == tookEffect)
        #expect(try await cluster.state.load(["{server}:paid"])[0].map { String(decoding: $0.value, as: UTF8.self) } == "1")
    }

    @Test("of two runs that both believe they hold the key one takes effect")
    func twoHolders() async throws {
        let (cluster, gate) = (cluster, Gate())
        let slow = try cluster.server(effects: .state) { context in
            try await gate.wait()
            return "\(try await context.state.update("paid", of: Int.self) { $0 = ($0 ?? 0) + 1; return $0 ?? 0 })"
        }
        let quick = try cluster.server(effects: .state) { context in
            "\(try await context.state.update("paid", of: Int.self) { $0 = ($0 ?? 0) + 1; return $0 ?? 0 })"
        }
        let (first, second) = (try WireClient(slow), try WireClient(quick))
        first.send(Messages.call("pay", #"{"key":"a","amount":1}"#, id: "1", modern: true))
        try await gate.waitForWaiters(1)
        clock.advance(by: .seconds(6)) // it is taken for dead
        #expect(try await pay(second, "a").text == "1")
        gate.open()
        #expect(try await first.response(.number(1)).text?.contains("earlier attempt") == true)
        #expect(try await cluster.state.load(["{server}:paid"])[0].map { String(decoding: $0.value, as: UTF8.self) } == "1")
    }

    @Test("a change whose commit was not answered is found out by the next call with its key, and made once whether it had been made or not", arguments: [true, false])
    func unansweredCommit(isMade: Bool) async throws {
        let (runs, state) = (Counter(), UnansweredStore(clock: clock, makesChanges: isMade))
        let cluster = Cluster(idempotency: InMemoryIdempotencyStore(clock: clock), state: state, clock: clock)
        let handler: @Sendable (HandlerContext) async throws -> String = { context in
            _ = runs.next()
            return "\(try await context.state.update("paid", of: Int.self) { $0 = ($0 ?? 0) + 1; return $0 ?? 0 })"
        }
        let client = try WireClient(try cluster.server(effects: .state, handler))
        state.answers.store(false, ordering: .relaxed)
        #expect(try await pay(client, "a").isToolError)
        state.answers.store(true, ordering: .relaxed)
        let answer = try await pay(client, "a", id: 2)
        #expect(!answer.isToolError && answer.text?.contains("earlier attempt") == isMade)
        #expect(try await state.load(["{server}:paid"])[0].map { String(decoding: $0.value, as: UTF8.self) } == "1")
        // The control: of a tool whose effects are not known the first answer stays, and it is not run again.
        let unknown = try WireClient(try cluster.server(handler))
        state.answers.store(false, ordering: .relaxed)
        #expect(try await pay(unknown, "b").isToolError)
        state.answers.store(true, ordering: .relaxed)
        let before = runs.count
        #expect(try await pay(unknown, "b", id: 2).isToolError && runs.count == before)
    }

    @Test("when the store cannot be reached nothing runs")
    func storeAway() async throws {
        let runs = Counter()
        let away = Cluster(idempotency: UnreachableStore(), state: InMemoryStateStore(clock: clock), clock: clock)
        let answer = try await pay(try WireClient(try away.server { _ in "payment \(runs.next())" }), "a")
        #expect(answer.isToolError && answer.text?.contains("Nothing was done") == true)
        #expect(runs.count == 0)
    }

    /// Claims the key of `pay(…, "a")` and never finishes, as an instance does that dies in the call.
    @discardableResult
    private func claimAsTheDead(_ cluster: Cluster) async throws -> String {
        let name = ToolCall.name(["pay", "", "a"])
        let fingerprint = ToolCall.name([RawJSON(["amount": 1, "key": "a"] as JSONValue).value().sortedByKey.description])
        let claim = try await cluster.idempotency.claim(name, token: 1, fingerprint: fingerprint, holdingFor: .seconds(5), keepingFor: .seconds(3_600))
        guard claim == .claimed else { throw ToolError("\(claim)") }
        return name
    }
}

/// Counts from any task.
final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    var count: Int { value.load(ordering: .relaxed) }
}

/// A store whose answers to commits are lost while a test says so: the changes are made all the same, or they are not.
private final class UnansweredStore: StateStore {
    let answers = Atomic<Bool>(true)
    private let makesChanges: Bool
    private let store: InMemoryStateStore

    init(clock: ManualClock, makesChanges: Bool) {
        self.makesChanges = makesChanges
        store = InMemoryStateStore(clock: clock)
    }

    func load(_ keys: [String]) async throws(StoreError) -> [StoredState?] { try await store.load(keys) }

    func commit(_ changes: [StateChange]) async throws(StoreError) -> Bool {
        if answers.load(ordering: .relaxed) { return try await store.commit(changes) }
        if makesChanges { _ = try await store.commit(changes) }
        throw StoreError(.unavailable, "the answer was lost")
    }
}

/// A store nobody answers for.
private struct UnreachableStore: IdempotencyStore {
    func claim(_ key: String, token: UInt64, fingerprint: String, holdingFor: Duration, keepingFor: Duration) async throws(StoreError) -> IdempotencyClaim {
        throw StoreError(.unavailable, "no answer")
    }
    func finish(_ key: String, token: UInt64, result: [UInt8], keepingFor: Duration) async throws(StoreError) -> Bool { throw StoreError(.unavailable, "no answer") }
    func abandon(_ key: String, token: UInt64) async throws(StoreError) -> Bool { throw StoreError(.unavailable, "no answer") }
}
