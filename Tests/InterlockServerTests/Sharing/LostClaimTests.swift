import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import Logging
import Testing

/// What becomes of a key whose claim was made, or not, without the call hearing of it.
@Suite("Calls that take effect once: claims whose answer is lost", .timeLimit(.minutes(5)))
struct LostClaimTests {
    private let clock = ManualClock()
    private let runs = Counter()

    private func server(_ store: DoubtfulClaims, leases: (any LeaseStore)? = nil) throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.idempotencyStore = store
        configuration.logger = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
        configuration.startsFastHandlersInline = false
        if let leases { configuration.leaseStore = leases }
        let runs = runs
        return try Server(configuration: configuration) {
            let tool = Tool("pay", inputSchema: RawJSON(["type": "object"] as JSONValue)) { (_: RawJSON, _) in "payment \(runs.next())" }
            (leases == nil ? tool : tool.exclusive(scope: .cluster) { _ in ["account"] }).idempotent(holding: .seconds(5)) { $0["key"]?.string }
        }
    }

    private func pay(_ client: WireClient, _ id: Int) async throws -> JSONValue {
        try await client.request(Messages.call("pay", #"{"key":"a"}"#, id: "\(id)", modern: true))
    }

    private static func isRefusal(_ answer: JSONValue) -> Bool { answer.isToolError && answer.text?.hasPrefix("Nothing was done") == true }

    @Test(
        "a call that was not told of its claim gives it back, and the next one with its key runs; where it is not given back the key is used up for nothing",
        arguments: [true, false])
    func givenBack(givesBack: Bool) async throws {
        let store = DoubtfulClaims(clock: clock, [.made(.timeout)], givesBack: givesBack)
        let client = try WireClient(try server(store))
        #expect(try await Self.isRefusal(pay(client, 1)))
        #expect(store.claims == 1, "what took all its time is not asked for again")
        if givesBack {
            var abandoned = store.abandoned.makeAsyncIterator()
            try await clock.waitForPending(1)
            clock.advance(by: .milliseconds(50))
            #expect(await abandoned.next() == true)
            #expect(try await pay(client, 2).text == "payment 1")
        } else {
            clock.advance(by: .seconds(6))
            #expect(try await pay(client, 2).text?.contains("not known") == true && runs.count == 0)
        }
    }

    @Test("an answer that is lost early is asked for once more, by the same token: the call runs, once")
    func askedAgain() async throws {
        let store = DoubtfulClaims(clock: clock, [.made(nil)])
        let client = try WireClient(try server(store))
        #expect(try await pay(client, 1).text == "payment 1")
        #expect(try await pay(client, 2).text == "payment 1")
        #expect(store.claims == 3 && runs.count == 1)
    }

    @Test("a claim that arrives after it was given back is given back again")
    func late() async throws {
        let store = DoubtfulClaims(clock: clock, [.late])
        let server = try server(store)
        let client = try WireClient(server)
        var abandoned = store.abandoned.makeAsyncIterator()
        #expect(try await Self.isRefusal(pay(client, 1)))
        try await clock.waitForPending(1)
        clock.advance(by: .milliseconds(50))
        #expect(await abandoned.next() == false)
        try await store.arrive()
        try await clock.waitForPending(1)
        clock.advance(by: .milliseconds(100))
        #expect(await abandoned.next() == true)
        #expect(try await pay(client, 2).text == "payment 1")
        while server.claimReturns.count > 0 { await Task.yield() }
    }

    @Test("one that was never made is forgotten when the store has said so often enough")
    func never() async throws {
        let store = DoubtfulClaims(clock: clock, [.late])
        let server = try server(store)
        #expect(try await Self.isRefusal(pay(try WireClient(server), 1)))
        var abandoned = store.abandoned.makeAsyncIterator()
        for _ in 0..<ClaimReturns.answers {
            try await clock.waitForPending(1)
            clock.advanceToNext()
            #expect(await abandoned.next() == false)
        }
        while server.claimReturns.count > 0 { await Task.yield() }
        #expect(clock.pendingCount == 0)
    }

    @Test("a store that is away for longer than a claim is held gets it back all the same: it is lost no longer")
    func away() async throws {
        let store = DoubtfulClaims(clock: clock, [.made(.timeout)])
        let client = try WireClient(try server(store))
        store.setAway(true)
        #expect(try await Self.isRefusal(pay(client, 1)))
        var abandoned = store.abandoned.makeAsyncIterator()
        let began = clock.now
        while clock.now - began < .seconds(6) {
            try await clock.waitForPending(1)
            clock.advanceToNext()
            #expect(await abandoned.next() == .some(nil))
        }
        #expect(try await pay(client, 2).text?.contains("not known") == true)
        store.setAway(false)
        try await clock.waitForPending(1)
        clock.advanceToNext()
        #expect(await abandoned.next() == true)
        #expect(try await pay(client, 3).text == "payment 1")
    }

    @Test("a call that was refused after its claim gives it back later, when the store is away in between")
    func refused() async throws {
        struct Refusing: LeaseStore {
            func acquire(_ key: String, limit: Int, duration: Duration) async throws(StoreError) -> Lease? { throw StoreError(.refused, "no") }
            func renew(_ lease: Lease, duration: Duration) async throws(StoreError) -> Bool { false }
            func release(_ lease: Lease) async throws(StoreError) {}
        }
        let store = DoubtfulClaims(clock: clock)
        let (refusing, sound) = (try WireClient(try server(store, leases: Refusing())), try WireClient(try server(store)))
        store.setAway(true)
        #expect(try await Self.isRefusal(pay(refusing, 1)))
        store.setAway(false)
        var abandoned = store.abandoned.makeAsyncIterator()
        #expect(await abandoned.next() == .some(nil))
        try await clock.waitForPending(1)
        clock.advance(by: .milliseconds(50))
        #expect(await abandoned.next() == true)
        #expect(try await pay(sound, 1).text == "payment 1")
    }

    @Test("no more claims are on their way than there is room for, and none when the server has ended")
    func bound() async throws {
        let store = DoubtfulClaims(clock: clock)
        let server = try server(store)
        for number in 0...ClaimReturns.maximum { server.claimReturns.take(HeldClaim(name: "k\(number)")) }
        #expect(server.claimReturns.count == ClaimReturns.maximum)
        server.claimReturns.shutDown()
        while server.claimReturns.count > 0 { await Task.yield() }
        server.claimReturns.take(HeldClaim(name: "late"))
        #expect(server.claimReturns.count == 0)
    }
}
