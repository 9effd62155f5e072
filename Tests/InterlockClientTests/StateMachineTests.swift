@testable import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import Synchronization
import Testing

@Suite("The client's state machines")
struct StateMachineTests {
    @Test("What a discovery result means", arguments: [
        (["2026-07-28"], "modern"), (["2025-11-25", "2026-07-28"], "modern"), (["2025-06-18"], "legacy"), (["2099-01-01"], "incompatible"), ([], "incompatible"),
    ])
    func discoveryResult(versions: [String], expected: String) {
        #expect(name(EraDecision(DiscoverResult(supportedVersions: versions, capabilities: ServerCapabilities()))) == expected)
    }

    @Test("What an error in answer to the probe means")
    func probeError() {
        func decide(_ code: Int, _ supported: [String]? = nil) -> String {
            let data: JSONValue? = supported.map { ["supported": .array($0.map { .string($0) })] }
            return name(EraDecision(ProtocolError(code: ErrorCode(rawValue: code), message: "", data: data), asked: .v2026_07_28))
        }
        #expect(decide(-32601) == "legacy")
        #expect(decide(-32001) == "legacy")
        #expect(decide(-32020) == "refused")
        #expect(decide(-32021) == "refused")
        #expect(decide(-32022, ["2026-07-28"]) == "incompatible")
        #expect(decide(-32022, ["2025-03-26", "x"]) == "legacy")
        #expect(decide(-32022) == "incompatible")
        for code in [ClientError.Code.timedOut, .invalidResponse, .transport] { #expect(EraDecision(ClientError(code, "")) == .legacy) }
        for code in [ClientError.Code.closed, .unreachable, .unauthorized] { #expect(EraDecision(ClientError(code, "")) == nil) }
    }

    private func name(_ decision: EraDecision) -> String {
        switch decision {
        case .modern: "modern"
        case .askAgain: "again"
        case .legacy: "legacy"
        case .incompatible: "incompatible"
        case .refused: "refused"
        }
    }

    @Test("Whatever comes in whatever order, a call is ended once and at the latest at its last deadline", arguments: 0..<50)
    func callTable(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = CallTable()
        var now = MonotonicTime.zero
        var open: [Int64: MonotonicTime] = [:]
        var ended: Set<Int64> = []
        for _ in 0..<500 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                let id = table.makeID()
                let timeout = Duration.seconds(Int.random(in: 1...5, using: &random))
                table.add(CallTable.Call(
                    completion: .caller(Waiter()), method: "m", timeout: timeout, resetsOnProgress: Bool.random(using: &random),
                    deadline: now + timeout, lastDeadline: now + .seconds(8), onProgress: nil
                ), id: id)
                open[id] = now + .seconds(8)
            case 1:
                let id = Int64.random(in: 0...Int64(ended.count + open.count), using: &random)
                let taken = table.take(id) != nil
                #expect(taken == (open.removeValue(forKey: id) != nil))
                if taken { #expect(ended.insert(id).inserted) }
            case 2:
                if let id = open.keys.sorted().randomElement(using: &random) { _ = table.progressed(id, now: now) }
            default:
                now += .milliseconds(Int.random(in: 0...2000, using: &random))
                let (expired, next) = table.expire(at: now)
                for (id, call) in expired {
                    #expect(call.deadline <= now)
                    #expect(ended.insert(id).inserted)
                    #expect(open.removeValue(forKey: id) != nil)
                }
                #expect(open.values.allSatisfy { $0 > now })
                #expect((next != nil) == !open.isEmpty)
                if let next { #expect(next > now && next <= open.values.max()!) }
            }
            #expect(table.count == open.count)
        }
    }

    @Test("Of a response and a timeout that race one ends the call; without taking it out of the table both would")
    func endsOnce() async {
        // The guard is that whoever ends a call takes it out. The control only looks, as a table without the guard would.
        func bothEnded(taking: Bool) async -> Bool {
            let race = Race()
            race.table.withLock {
                $0.add(CallTable.Call(
                    completion: .caller(Waiter()), method: "m", timeout: .zero, resetsOnProgress: false,
                    deadline: .zero, lastDeadline: .zero, onProgress: nil
                ), id: 1)
            }
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        let found = race.table.withLock { table in
                            guard let call = table.take(1) else { return false }
                            if !taking { table.add(call, id: 1) }
                            return true
                        }
                        if found { race.ends.add(1, ordering: .relaxed) }
                    }
                }
            }
            return race.ends.load(ordering: .relaxed) > 1
        }
        var controlFailed = false
        for _ in 0..<100 {
            #expect(await !bothEnded(taking: true))
            if await bothEnded(taking: false) { controlFailed = true }
        }
        #expect(controlFailed)
    }

    @Test("A subscription hands over each different change once, in order, and ends once", arguments: 0..<50)
    func subscription(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var machine = SubscriptionStateMachine<Int>(capacity: 4)
        var waiting: Set<Int> = []
        var buffered: [ServerChange] = []
        var nextReader = 0
        var dropped = 0
        for _ in 0..<300 {
            if Bool.random(using: &random) {
                let change = ServerChange.resource(uri: "r\(Int.random(in: 0..<6, using: &random))")
                if let reader = machine.push(change) {
                    #expect(waiting.remove(reader) != nil)
                } else if !buffered.contains(change) {
                    if buffered.count == 4 {
                        buffered.removeFirst()
                        dropped += 1
                    }
                    buffered.append(change)
                }
            } else {
                nextReader += 1
                switch machine.read(nextReader) {
                case .deliver(.change(let change)): #expect(change == buffered.removeFirst())
                case .deliver(.ended): Issue.record("the subscription has not ended")
                case .wait(let id):
                    #expect(buffered.isEmpty)
                    if Bool.random(using: &random) { #expect(machine.cancelRead(id) == nextReader) } else { waiting.insert(nextReader) }
                }
            }
            #expect(machine.dropped == dropped)
        }
        #expect(Set(machine.finish(nil) ?? []) == waiting)
        #expect(machine.finish(nil) == nil)
        #expect(machine.push(.toolsList) == nil)
    }

    @Test("The cache keeps what is fresh, at most so many, the oldest giving way")
    func cache() throws {
        var cache = ResultCache(capacity: 2)
        func key(_ name: String) -> ResultCache.Key { ResultCache.Key(method: "m", subject: name) }
        let fresh = try RawJSON(parsing: #"{"ttlMs":1000}"#)
        cache.store(try RawJSON(parsing: #"{"ttlMs":0}"#), for: key("zero"), now: .zero)
        cache.store(try RawJSON(parsing: #"{"ttlMs":-5}"#), for: key("negative"), now: .zero)
        cache.store(try RawJSON(parsing: "{}"), for: key("none"), now: .zero)
        #expect(cache.count == 0)
        for name in ["a", "b", "c"] { cache.store(fresh, for: key(name), now: .zero) }
        #expect(cache.fresh(key("a"), now: .zero) == nil)
        #expect(cache.fresh(key("c"), now: .zero + .milliseconds(999)) == fresh)
        #expect(cache.fresh(key("c"), now: .zero + .seconds(1)) == nil)
        cache.removeAll(of: "m")
        #expect(cache.count == 0)
    }
}

private final class Race: Sendable {
    let table = Mutex(CallTable())
    let ends = Atomic(0)
}
