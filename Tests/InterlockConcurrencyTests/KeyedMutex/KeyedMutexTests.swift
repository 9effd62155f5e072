import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A keyed mutex")
struct KeyedMutexTests {
    @Test("loses no update of a key; with a key for each caller some are lost within 100 rounds", .timeLimit(.minutes(5)))
    func exclusion() async throws {
        func lost(sameKey: Bool) async throws -> Int {
            let mutex = KeyedMutex<Int>()
            let turn = Shared(0)
            let lost = try await Proofs.lostUpdates { section in
                let key = sameKey ? 0 : turn.update { $0 += 1; return $0 }
                try await mutex.withLock(for: key) { await section() }
            }
            #expect(mutex.snapshot.keysHeld == 0, "idle keys are forgotten")
            return lost
        }
        for _ in 0..<100 { #expect(try await lost(sameKey: true) == 0) }
        #expect(try await Proofs.failsWithin100Rounds { try await lost(sameKey: false) == 0 })
    }

    @Test("does not make different keys wait for each other", .timeLimit(.minutes(5)))
    func independent() async throws {
        let mutex = KeyedMutex<String>()
        let holder = try await Holder.enter { section in try await mutex.withLock(for: "a") { try await section() } }
        #expect(try await mutex.withLock(for: "b") { mutex.snapshot.keysHeld } == 2)
        #expect(mutex.snapshot.keysHeld == 1)
        try await holder.leave()
        #expect(mutex.snapshot.keysHeld == 0)
    }

    /// Two callers that take two keys in opposite order, again and again. Returns whether they ever waited for each other.
    ///
    /// - Parameter together: With `false` each takes one key, goes on for a moment, and takes the other: the mutex
    ///   without its one step.
    private func deadlocks(together: Bool) async throws -> Bool {
        let clock = ManualClock()
        let mutex = KeyedMutex<String>(clock: clock)
        let deadline = MonotonicTime.zero + .seconds(1)
        let ended = Shared(0)
        let callers = [["x", "y"], ["y", "x"]].map { keys in
            Task {  // awaited below
                defer { ended.update { $0 += 1 } }
                for _ in 0..<10 {
                    if together {
                        try await mutex.withLocks(for: keys, deadline: deadline) { await Task.yield() }
                    } else {
                        try await mutex.withLock(for: keys[0], deadline: deadline) {
                            await Task.yield()
                            try await mutex.withLock(for: keys[1], deadline: deadline) {}
                        }
                    }
                }
            }
        }
        try await until { ended.value == 2 || mutex.snapshot.waiting == 2 }
        let isDeadlocked = mutex.snapshot.waiting == 2
        // Who waits is counted before its deadline is set.
        if isDeadlocked { try await clock.waitForPending(2) }
        // Lets the two out of their embrace; nobody notices otherwise.
        clock.advance(by: .seconds(1))
        for caller in callers { _ = await caller.result }
        return isDeadlocked
    }

    @Test("takes several keys without deadlock in any order; one after the other deadlocks within 100 rounds", .timeLimit(.minutes(5)))
    func multiKey() async throws {
        for _ in 0..<100 { #expect(try await !deadlocks(together: true)) }
        #expect(try await Proofs.failsWithin100Rounds { try await !deadlocks(together: false) })
    }

    @Test("keeps transfers between accounts exact, in any order of keys", .timeLimit(.minutes(5)))
    func transfers() async throws {
        let mutex = KeyedMutex<Int>()
        let accounts = (0..<5).map { _ in Shared(100) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 0..<16 as Range<UInt64> {
                group.addTask {
                    var random = SeededRandom(seed: seed)
                    for _ in 0..<40 {
                        let from = Int.random(in: 0..<5, using: &random)
                        let to = Int.random(in: 0..<5, using: &random)
                        try await mutex.withLocks(for: [from, to]) {
                            let taken = accounts[from].value
                            await Task.yield()
                            accounts[from].set(taken - 1)
                            let given = accounts[to].value
                            await Task.yield()
                            accounts[to].set(given + 1)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(accounts.reduce(0) { $0 + $1.value } == 500)
        #expect(mutex.snapshot.keysHeld == 0)
        #expect(mutex.snapshot.acquisitions == 640)
    }

    @Test("runs at once with no keys, and takes a key that is named twice once", .timeLimit(.minutes(5)))
    func edges() async throws {
        let mutex = KeyedMutex<String>()
        #expect(try await mutex.withLocks(for: []) { 7 } == 7)
        #expect(try await mutex.withLocks(for: ["a", "a", "b"]) { mutex.snapshot.keysHeld } == 2)
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await mutex.withLock(for: "a") { throw Failure() } }
        #expect(mutex.snapshot.keysHeld == 0)
    }

    @Test("lets go who was only behind a caller that gives up, by deadline or cancellation", .timeLimit(.minutes(5)), arguments: [true, false])
    func givingUp(byDeadline: Bool) async throws {
        let clock = ManualClock()
        let mutex = KeyedMutex<String>(clock: clock)
        let holder = try await Holder.enter { section in try await mutex.withLock(for: "a") { try await section() } }
        let wide = Task { try await mutex.withLocks(for: ["a", "b"], deadline: .zero + .seconds(1)) {} }  // awaited below
        try await clock.waitForPending(1)
        let behind = Task { try await mutex.withLock(for: "b") {} }  // awaited below
        try await until { mutex.snapshot.waiting == 2 }
        if byDeadline { clock.advance(by: .seconds(1)) } else { wide.cancel() }
        #expect(try await acquireFailure { try await wide.value } == (byDeadline ? .deadlineExceeded : .cancelled))
        try await behind.value
        try await holder.leave()
        #expect(mutex.snapshot.keysHeld == 0)
        #expect(clock.pendingCount == 0)
    }

    @Test("refuses who comes when too many wait, and forgets the keys it asked for", .timeLimit(.minutes(5)))
    func full() async throws {
        let mutex = KeyedMutex<String>(queue: .init(depth: 0))
        let holder = try await Holder.enter { section in try await mutex.withLock(for: "a") { try await section() } }
        #expect(try await acquireFailure { try await mutex.withLocks(for: ["a", "b"]) {} } == .queueFull)
        #expect(mutex.snapshot.keysHeld == 1)
        try await holder.leave()
    }

    @Test("loses no key when cancellations race with hand-overs", .timeLimit(.minutes(5)))
    func races() async throws {
        let mutex = KeyedMutex<Int>()
        let users = (0..<4).map { _ in Shared(0) }
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let tasks = (0..<24).map { index in
                let keys = Set([Int.random(in: 0..<4, using: &random), Int.random(in: 0..<4, using: &random)])
                return Task {  // awaited below
                    try await mutex.withLocks(for: Array(keys)) {
                        for key in keys { #expect(users[key].update { $0 += 1; return $0 } == 1) }
                        await Task.yield()
                        for key in keys { users[key].update { $0 -= 1 } }
                    }
                }
            }
            for task in tasks.shuffled(using: &random).prefix(12) {
                if Bool.random(using: &random) { await Task.yield() }
                task.cancel()
            }
            for task in tasks { _ = await task.result }
            #expect(mutex.snapshot.keysHeld == 0)
            #expect(mutex.snapshot.holders == 0)
            #expect(mutex.snapshot.waiting == 0)
        }
        #expect(mutex.snapshot.acquisitions + mutex.snapshot.cancelled == 60 * 24)
    }

    @Test("is tried without waiting: all keys or none, and a miss leaves nothing behind", .timeLimit(.minutes(5)))
    func trying() async throws {
        let mutex = KeyedMutex<String>()
        let holder = try await Holder.enter { section in try await mutex.withLock(for: "a") { try await section() } }
        #expect(await mutex.tryWithLock(for: "a") { 1 } == nil)
        #expect(await mutex.tryWithLocks(for: ["b", "a"]) { 1 } == nil)
        #expect(await mutex.tryWithLocks(for: ["b", "c"]) { 1 } == 1)
        #expect(await mutex.tryWithLock(for: "b") { 2 } == 2)
        #expect(mutex.snapshot.keysHeld == 1)
        #expect(mutex.snapshot.refused == 0)
        try await holder.leave()
        #expect(await mutex.tryWithLock(for: "a") { 3 } == 3)
        #expect(mutex.snapshot.keysHeld == 0)
    }
}
