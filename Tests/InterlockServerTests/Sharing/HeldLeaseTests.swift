import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import Synchronization
import Testing

/// What is held of several locks and permits while the rest is waited for.
@Suite("Leases that are held one by one", .timeLimit(.minutes(5)))
struct HeldLeaseTests {
    /// What a call waits for when it has its first lock.
    enum Rest: String, CaseIterable, CustomTestStringConvertible {
        case key = "lock:b"
        case permit = "permits:work"

        var testDescription: String { rawValue }
    }

    private static let step = Duration.milliseconds(100) // the longest pause between two questions
    private let clock = ManualClock()
    private let inside = Occupancy()
    private let entered = ["one": Gate(), "other": Gate()]
    private let leave = Gate()

    /// An instance with `work`, which takes the keys of its arguments and may take a permit, and `look`, which takes the keys alone.
    private func client(_ leases: any LeaseStore, rest: Rest = .key, inFlight: Int = 10) throws -> WireClient {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.leaseStore = leases
        configuration.maximumInFlight = inFlight
        configuration.startsFastHandlersInline = false
        let schema = RawJSON(["type": "object"] as JSONValue)
        let (entered, leave, inside) = (entered, leave, inside)
        let enter: @Sendable (String?) -> Void = { name in
            inside.enter()
            if let name { entered[name]?.open() }
        }
        return try WireClient(try Server(configuration: configuration) {
            for name in ["work", "look"] {
                let tool = Tool(name, inputSchema: schema) { (input: RawJSON, _: HandlerContext) in
                    enter(input["name"]?.string)
                    try await leave.wait()
                    inside.leave()
                    return "done"
                }
                .exclusive(scope: .cluster) { ($0["keys"]?.string ?? "").split(separator: " ").map(String.init) }
                .queue(deadline: .seconds(600))
                name == "work" && rest == .permit ? tool.concurrency(1, scope: .cluster) : tool
            }
            Tool("free", inputSchema: schema) { (input: RawJSON, _: HandlerContext) in
                enter(input["name"]?.string)
                try await leave.wait()
                return "done"
            }
        })
    }

    private func call(_ tool: String, _ name: String, keys: String, id: Int = 1) -> String {
        Messages.call(tool, #"{"name":"\#(name)","keys":"\#(keys)"}"#, id: "\(id)", modern: true)
    }

    /// Lets whoever waits for a lease ask once more.
    private func advance(waiting: Int = 1) async throws {
        try await clock.waitForPending(waiting)
        clock.advance(by: Self.step)
    }

    @Test(
        "a call keeps the lock it has while it waits for the rest, however long; with a store that renews none a second call gets in beside it",
        arguments: Rest.allCases, [true, false])
    func kept(rest: Rest, renews: Bool) async throws {
        let leases = WatchedLeases(clock: clock, renews: renews)
        var acquisitions = leases.acquisitions.makeAsyncIterator()
        let stranger = try #require(try await leases.base.acquire(rest.rawValue, limit: 1, duration: .seconds(600)))
        let (first, second) = (try client(leases, rest: rest), try client(leases, rest: rest))
        first.send(call("work", "one", keys: rest == .key ? "a b" : "a"))
        #expect(await acquisitions.next() == .init(key: "lock:a", isGranted: true))
        for _ in 0..<150 { try await advance() } // half as long again as a lease lasts
        second.send(call("look", "other", keys: "a"))
        var answer = await acquisitions.next()
        while answer?.key == rest.rawValue { answer = await acquisitions.next() }
        #expect(answer == .init(key: "lock:a", isGranted: !renews))
        if !renews { try await entered["other"]?.wait() }
        try await leases.base.release(stranger)
        try await advance(waiting: 2)
        try await entered["one"]?.wait()
        // The first is to renew, and the second has asked in vain: had it not yet, it might be done before anybody waits for its next question.
        if renews { try await clock.waitForPending(2) }
        #expect(inside.peak == (renews ? 1 : 2))
        leave.open()
        #expect(try await first.response(.number(1)).text == "done")
        if renews { try await advance() }
        #expect(try await second.response(.number(1)).text == "done")
        #expect(inside.peak == (renews ? 1 : 2))
    }

    @Test("a call that has lost a lock while it waited for the rest gives all back and begins again: it never runs beside the new holder")
    func lostMeanwhile() async throws {
        let gate = Gate()
        let leases = WatchedLeases(clock: clock, door: ("lock:b", gate))
        var acquisitions = leases.acquisitions.makeAsyncIterator()
        let client = try client(leases)
        client.send(call("work", "one", keys: "a b"))
        try await gate.waitForWaiters(1)
        clock.advance(by: .seconds(11)) // its store was away for so long: what it has has lapsed
        let stranger = try #require(try await leases.base.acquire("lock:a", limit: 1, duration: .seconds(600)))
        gate.open()
        var seen: [WatchedLeases.Acquisition] = []
        for _ in 0..<2 { if let next = await acquisitions.next() { seen.append(next) } }
        #expect(seen == [.init(key: "lock:a", isGranted: true), .init(key: "lock:b", isGranted: true)])
        try await advance()
        #expect(await acquisitions.next() == .init(key: "lock:a", isGranted: false))
        #expect(inside.peak == 0)
        let free = try #require(try await leases.base.acquire("lock:b", limit: 1, duration: .seconds(600)), "it holds no lock while it waits for the first")
        try await leases.base.release(free)
        try await leases.base.release(stranger)
        leave.open()
        try await advance()
        #expect(try await client.response(.number(1)).text == "done")
    }

    @Test("a call whose lock is lost before its handler began is refused, and nothing was done")
    func lostBeforeTheHandler() async throws {
        let renewals = Gate()
        let leases = WatchedLeases(clock: clock, renewals: renewals)
        var acquisitions = leases.acquisitions.makeAsyncIterator()
        let client = try client(leases, inFlight: 1)
        client.send(call("free", "one", keys: ""))
        try await entered["one"]?.wait() // the server has no place left
        client.send(call("work", "other", keys: "a", id: 2))
        #expect(await acquisitions.next() == .init(key: "lock:a", isGranted: true))
        try await clock.waitForPending(2) // in line, and about to renew
        clock.advance(by: .seconds(4)) // past a third of the lease
        try await renewals.waitForWaiters(1)
        clock.advance(by: .seconds(7)) // the renewal comes too late
        renewals.open()
        let answer = try await client.response(.number(2))
        #expect(answer.isToolError && answer.text?.contains("was not run") == true && answer.text?.contains("Nothing was changed") == true)
        leave.open()
        #expect(try await client.response(.number(1)).text == "done")
        #expect(entered["other"]?.isOpen == false)
    }

    @Test("locks are taken in one order, whatever the order of the keys, and the permit last")
    func order() async throws {
        leave.open()
        let leases = WatchedLeases(clock: clock)
        let client = try client(leases, rest: .permit)
        #expect(try await client.request(call("work", "one", keys: "c a b a")).text == "done")
        #expect(try await client.request(call("work", "one", keys: "b a", id: 2)).text == "done")
        var acquisitions = leases.acquisitions.makeAsyncIterator()
        for key in ["lock:a", "lock:b", "lock:c", "permits:work", "lock:a", "lock:b", "permits:work"] {
            #expect(await acquisitions.next() == .init(key: key, isGranted: true))
        }
    }

    @Test("what is held counts from before it was asked for, and until the first of it may have lapsed")
    func times() {
        let (zero, second) = (MonotonicTime.zero, Duration.seconds(1))
        let (a, b) = (Lease(key: "a", id: "1", fence: 7), Lease(key: "b", id: "2", fence: 9))
        let held = HeldLeases(duration: .seconds(9))
        #expect(held.handlerBegins(at: .distantFuture - second) && held.due(at: .distantFuture).isEmpty, "nothing can be lost of nothing")
        held.add(a, of: "k", askedAt: zero)
        held.add(b, of: nil, askedAt: zero + second)
        #expect(held.fence(for: "k") == 7 && held.fence(for: "b") == nil && held.all == [a, b])
        #expect(held.due(at: zero + second * 2).isEmpty && held.due(at: zero + second * 3) == [a] && held.due(at: zero + second * 4) == [a, b])
        #expect(held.handlerBegins(at: zero + .milliseconds(8_999)) && !held.handlerBegins(at: zero + second * 9))
        held.renewed(a, askedAt: zero + second * 3)
        #expect(held.heldUntil == zero + second * 10 && held.due(at: zero + second * 4) == [b])
        #expect(held.takeAll() == [a, b] && held.count == 0)
    }
}

/// How many are inside at once, at most.
private final class Occupancy: Sendable {
    private let counts = Mutex((now: 0, peak: 0))

    var peak: Int { counts.withLock { $0.peak } }

    func enter() { counts.withLock { $0 = ($0.now + 1, max($0.peak, $0.now + 1)) } }
    func leave() { counts.withLock { $0.now -= 1 } }
}
