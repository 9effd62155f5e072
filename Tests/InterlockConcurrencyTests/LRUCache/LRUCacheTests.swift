import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A cache")
struct LRUCacheTests {
    private struct Broken: Error {}

    /// A clock that does something the first time somebody looks at it.
    private struct WatchedClock: SchedulingClock {
        let inner = ManualClock()
        let onLook = Shared<(@Sendable () -> Void)?>(nil)

        var now: MonotonicTime {
            let action = onLook.update { action -> (@Sendable () -> Void)? in
                defer { action = nil }
                return action
            }
            action?()
            return inner.now
        }
        var wallTime: Int64 { inner.wallTime }

        @discardableResult
        func schedule(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> ScheduledAction { inner.schedule(at: time, action) }
    }

    @Test("drops what was used longest ago, by entries and by bytes, and says why")
    func eviction() {
        let gone = Shared<[String]>([])
        let cache = LRUCache<String, String>(.bytes(10, entries: 3) { $1.utf8.count }, clock: ManualClock()) { eviction in
            gone.update { $0.append("\(eviction.key) \(eviction.reason.rawValue)") }
        }
        cache.set("1", for: "a")
        cache.set("1", for: "b")
        cache.set("1", for: "c")
        #expect(cache.value(for: "a") == "1")
        cache.set("1", for: "d")
        cache.set("888888888", for: "e")
        cache.set("far too large for it", for: "f")
        cache.set("2", for: "e")
        cache.remove("e")
        #expect(gone.value == ["b tooManyEntries", "c tooManyEntries", "a tooManyBytes", "f tooLarge", "e replaced", "e removed"])
        #expect(cache.snapshot.bytes == 1)
        #expect(cache.snapshot.entries == 1)
        #expect(cache.value(for: "b") == nil)
        #expect(cache.snapshot.hits == 1)
        #expect(cache.snapshot.misses == 1)
        cache.removeAll()
        #expect(cache.snapshot.bytes == 0)
    }

    @Test("gives memory back under pressure: the bytes asked for, and the places of what has gone")
    func trim() {
        let cache = LRUCache<Int, Int>(.bytes(100_000) { _, _ in 10 })
        for key in 0..<1_000 { cache.set(key, for: key) }
        #expect(cache.trim(toBytes: 95) == 9_910)
        #expect(cache.snapshot.entries == 9)
        #expect((991..<1_000).allSatisfy { cache.value(for: $0) == $0 })
        #expect(cache.trim(toBytes: -5) == 90)
        cache.set(1, for: 1)
        #expect(cache.value(for: 1) == 1)
        var machine = LRUCacheStateMachine<Int, Int>(maxEntries: 10_000)
        for key in 0..<1_000 { _ = machine.set(key, key, bytes: 1, freshUntil: .max, staleUntil: .max) }
        _ = machine.trim(entries: 10, bytes: .max)
        #expect(machine.slots == 10)
    }

    /// A cache beside an array in order of use. Returns where they differ first.
    private func violation(seed: UInt64, movesHits: Bool = true, countsBytes: Bool = true) -> String? {
        var random = SeededRandom(seed: seed)
        let maxEntries = Int.random(in: 1...8, using: &random)
        let maxBytes = Int.random(in: 1...30, using: &random)
        var machine = LRUCacheStateMachine<Int, Int>(maxEntries: maxEntries, maxBytes: maxBytes)
        var model: [(key: Int, value: Int, bytes: Int, fresh: Int64, stale: Int64)] = []
        var now: Int64 = 0
        for event in 0..<200 {
            now += Int64.random(in: 0...2, using: &random)
            let key = Int.random(in: 0..<12, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let found = model.firstIndex { $0.key == key }
                let expected = found.map { model[$0].fresh > now ? "fresh \(model[$0].value)" : model[$0].stale > now ? "stale \(model[$0].value)" : "none" } ?? "none"
                let got: String =
                    switch machine.get(key, now: now) {
                    case .fresh(let value): "fresh \(value)"
                    case .stale(let value): "stale \(value)"
                    case .miss, .expired: "none"
                    }
                if got != expected { return "seed \(seed), event \(event): \(got) instead of \(expected)" }
                if let found {
                    let entry = model.remove(at: found)
                    if expected != "none" { if movesHits { model.append(entry) } else { model.insert(entry, at: found) } }
                }
            case 5..<9:
                let bytes = Int.random(in: 1...12, using: &random)
                let fresh = now + Int64.random(in: 1...30, using: &random)
                _ = machine.set(key, event, bytes: bytes, freshUntil: fresh, staleUntil: fresh + 5)
                model.removeAll { $0.key == key }
                guard bytes <= maxBytes else { continue }
                while model.count >= maxEntries || countsBytes && model.reduce(bytes, { $0 + $1.bytes }) > maxBytes { model.removeFirst() }
                model.append((key, event, bytes, fresh, fresh + 5))
            default:
                if Bool.random(using: &random) {
                    _ = machine.remove(key)
                    model.removeAll { $0.key == key }
                } else {
                    let limit = Int.random(in: 0...25, using: &random)
                    _ = machine.trim(entries: .max, bytes: limit)
                    while model.reduce(0, { $0 + $1.bytes }) > limit { model.removeFirst() }
                }
            }
            if machine.count != model.count || machine.bytes != model.reduce(0, { $0 + $1.bytes }) {
                return "seed \(seed), event \(event): \(machine.count) entries of \(machine.bytes) bytes instead of \(model.count)"
            }
        }
        return nil
    }

    @Test("is what a list in order of use is, in any order of events; the proof notices a wrong order and a wrong sum")
    func randomOrder() {
        for seed in 0..<600 as Range<UInt64> { #expect(violation(seed: seed) == nil) }
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, movesHits: false) == nil })
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, countsBytes: false) == nil })
    }

    @Test("keeps values for their time, an entry's own before the cache's")
    func ttl() {
        let clock = ManualClock()
        let cache = LRUCache<Int, Int>(.entries(9), ttl: .seconds(10), clock: clock)
        cache.set(1, for: 1)
        cache.set(2, for: 2, ttl: .seconds(1))
        clock.advance(by: .seconds(1))
        #expect(cache.value(for: 1) == 1)
        #expect(cache.value(for: 2) == nil)
        clock.advance(by: .seconds(9))
        #expect(cache.value(for: 1) == nil)
        #expect(cache.snapshot.evictions == [.expired: 2])
        let timeless = LRUCache<Int, Int>(.entries(9), clock: clock)
        timeless.set(1, for: 1)
        timeless.set(2, for: 2, ttl: .seconds(1))
        clock.advance(by: .seconds(1))
        #expect(timeless.value(for: 1) == 1)
        #expect(timeless.value(for: 2) == nil)
    }

    @Test("fetches a missing value once for all who ask, and stores it; failures it does not", .timeLimit(.minutes(5)))
    func fetch() async throws {
        let clock = ManualClock()
        let cache = LRUCache<String, Int>(.entries(9), clock: clock)
        let gate = Gate()
        let fetches = Shared(0)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    try await cache.value(for: "a") {
                        fetches.update { $0 += 1 }
                        try await gate.wait()
                        return 7
                    }
                }
            }
            try await until { cache.snapshot.flights.waiting == 5 }
            try await gate.waitForWaiters(1)
            clock.advance(by: .seconds(1))
            gate.open()
            for try await value in group { #expect(value == 7) }
        }
        #expect(fetches.value == 1)
        #expect(cache.value(for: "a") == 7)
        #expect(cache.snapshot.fetchTimes.longest == .seconds(1))
        await #expect(throws: Broken.self) { try await cache.value(for: "b") { throw Broken() } }
        #expect(try await cache.value(for: "b") { 8 } == 8)
        #expect(cache.snapshot.failedFetches == 1)
    }

    @Test("serves a stale value at once while one fetch brings the next, and goes on serving it when that fails", .timeLimit(.minutes(5)))
    func staleWhileRevalidate() async throws {
        let clock = ManualClock()
        let failures = Shared(0)
        let cache = LRUCache<String, Int>(.entries(9), ttl: .seconds(1), staleFor: .seconds(10), clock: clock, onRefreshFailure: { _, _ in failures.update { $0 += 1 } })
        cache.set(1, for: "a")
        clock.advance(by: .seconds(2))
        #expect(cache.value(for: "a") == nil, "only who can fetch is given what is stale")
        #expect(try await cache.value(for: "a") { throw Broken() } == 1)
        try await until { failures.value == 1 && cache.snapshot.refreshing == 0 }
        let gate = Gate()
        for _ in 0..<3 { #expect(try await cache.value(for: "a") { try await gate.wait(); return 2 } == 1) }
        try await gate.waitForWaiters(1)
        #expect(cache.snapshot.refreshing == 1)
        gate.open()
        try await until { cache.snapshot.refreshing == 0 }
        #expect(cache.value(for: "a") == 2)
        clock.advance(by: .seconds(11))
        #expect(try await cache.value(for: "a") { 3 } == 3, "past its time it is fetched before it is served")
    }

    @Test("gives a stale value's fetch its own time, not that of a caller in the queue", .timeLimit(.minutes(5)))
    func refreshOutlivesQueueDeadline() async throws {
        let clock = ManualClock()
        let cache = LRUCache<String, Int>(
            .entries(9), ttl: .seconds(1), staleFor: .seconds(100), queue: .init(depth: 9, deadline: .seconds(2)), refreshTimeout: .seconds(30), clock: clock)
        cache.set(1, for: "a")
        clock.advance(by: .seconds(2))
        let gate = Gate()
        #expect(try await cache.value(for: "a") { try await gate.wait(); return 2 } == 1)
        try await gate.waitForWaiters(1)
        clock.advance(by: .seconds(20))
        gate.open()
        try await until { cache.snapshot.refreshing == 0 }
        #expect(cache.value(for: "a") == 2 && cache.snapshot.failedFetches == 0)
    }

    @Test("does not store what a fetch read before its key was removed or set; storing it brings the old value back within 100 rounds", .timeLimit(.minutes(5)))
    func invalidation() async throws {
        for change in 0..<3 {
            let cache = LRUCache<String, Int>(.entries(9))
            let gate = Gate()
            let reader = Task { try await cache.value(for: "a") { try await gate.wait(); return 1 } }  // awaited below
            try await gate.waitForWaiters(1)
            switch change {
            case 0: cache.remove("a")
            case 1: cache.removeAll()
            default: cache.set(2, for: "a")
            }
            gate.open()
            #expect(try await reader.value == 1)
            #expect(cache.value(for: "a") == (change == 2 ? 2 : nil))
        }
        let isNoticed = try await Proofs.failsWithin100Rounds {
            let cache = LRUCache<String, Int>(.entries(9))
            let gate = Gate()
            let reader = Task { try await gate.wait(); cache.set(1, for: "a") }  // awaited below; a fetch without its number
            try await gate.waitForWaiters(1)
            cache.remove("a")
            gate.open()
            try await reader.value
            return cache.value(for: "a") == nil
        }
        #expect(isNoticed)
    }

    @Test("changes its bounds at once: what no longer fits goes, first what was used longest ago")
    func resize() {
        let gone = Shared<[String]>([])
        let cache = LRUCache<String, Int>(.bytes(100) { _, value in value }, onEviction: { eviction in gone.update { $0.append("\(eviction.key) \(eviction.reason)") } })
        for (key, size) in [("a", 40), ("b", 30), ("c", 20)] { cache.set(size, for: key) }
        #expect(cache.value(for: "a") == 40)
        cache.resize(bytes: 60)
        #expect(gone.value == ["b tooManyBytes"])
        cache.resize(entries: 1)
        #expect(gone.value == ["b tooManyBytes", "c tooManyEntries"])
        #expect(cache.value(for: "a") == 40)
        cache.resize(entries: 10, bytes: 200)
        cache.set(150, for: "d")
        #expect(cache.snapshot.bytes == 190)
        let counted = LRUCache<String, Int>(.entries(5))
        for key in ["a", "b", "c"] { counted.set(1, for: key) }
        counted.resize(bytes: 1)
        #expect(counted.snapshot.entries == 3, "one bounded by entries has no bytes to bound")
        counted.resize(entries: 0)
        #expect(counted.snapshot.entries == 1)
    }

    @Test("does not fetch what was stored after a caller had looked, and before it fetched")
    func storedMeanwhile() async throws {
        let clock = WatchedClock()
        let cache = LRUCache<String, Int>(.entries(9), clock: clock)
        // Nobody reads the clock to look into a cache without a lifetime: the first who does is about to fetch.
        clock.onLook.set({ cache.set(1, for: "a") })
        #expect(try await cache.value(for: "a") { 2 } == 1)
        #expect(cache.value(for: "a") == 1)
        #expect(cache.snapshot.misses == 1 && cache.snapshot.fetched == 0)
    }
}
