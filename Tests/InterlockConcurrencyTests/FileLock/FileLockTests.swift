import Foundation
@testable import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A lock on a file, and atomic files")
struct FileLockTests {
    private typealias Machine = FileLockStateMachine<Int>

    private struct Unexpected: Error {}

    @Test("goes through attempt, hand-over, release and an attempt that nobody waits for any more")
    func table() throws {
        var machine = Machine(queue: .init(depth: 2))
        let patience = Patience(now: .zero)
        guard case .queued(let first, nil, attempt: true) = machine.acquire(1, patience), case .queued(_, nil, attempt: false) = machine.acquire(2, patience),
            case .refused(.queueFull, retryAfter: nil) = machine.acquire(3, patience)
        else { throw Unexpected() }
        #expect(machine.giveUp(first, .deadlineExceeded)?.waiter == 1)
        #expect(machine.giveUp(first, .deadlineExceeded) == nil)
        guard case .granted(2, hasWaited: true) = machine.attemptSucceeded(now: .zero) else { throw Unexpected() }
        #expect(machine.isHeld)
        guard case .queued(let late, nil, attempt: false) = machine.acquire(4, patience) else { throw Unexpected() }
        machine.release(now: .zero + .seconds(3))
        #expect(machine.didUnlock().attempt, "somebody waits")
        #expect(machine.giveUp(late, .cancelled)?.waiter == 4)
        guard case .unlock = machine.attemptSucceeded(now: .zero) else { throw Unexpected() }
        #expect(!machine.didUnlock().attempt)
        guard case .queued(_, nil, attempt: true) = machine.acquire(5, patience) else { throw Unexpected() }
        #expect(machine.attemptFailed().refused == [5])
        #expect(machine.beginTry() == true)
        #expect(machine.beginTry() == false)
        #expect(!machine.endTry(hasLock: true, now: .zero).attempt)
        #expect(machine.isHeld)
    }

    @Test("runs empty when nobody holds it or waits here, also while a thread still waits for another process; and lets nobody in then")
    func closing() throws {
        var machine = Machine(queue: .init(depth: 2))
        let patience = Patience(now: .zero)
        guard case .queued(let ticket, nil, attempt: true) = machine.acquire(1, patience) else { throw Unexpected() }
        #expect(machine.attemptBlocks() == [])
        #expect(machine.isBlocked)
        #expect(machine.startDraining() == [])
        #expect(machine.watchIdle(9) != nil, "one waits")
        guard case .refused(.shutDown, retryAfter: nil) = machine.acquire(2, patience) else { throw Unexpected() }
        #expect(machine.beginTry() == false)
        let left = machine.giveUp(ticket, .cancelled)
        #expect(left?.waiter == 1 && left?.drained == [9])
        #expect(machine.watchIdle(10) == nil)
        guard case .unlock = machine.attemptSucceeded(now: .zero) else { throw Unexpected() }
        #expect(machine.watchIdle(11) != nil, "the lock is on its way back to the system")
        #expect(machine.didUnlock().drained == [11])
        #expect(machine.shutDown().refused == [])
    }

    @Test("asks whom its policy names to leave a full line", arguments: [
        (QueueConfiguration.FullPolicy.rejectNewest, nil, [2, 3]), (.rejectOldest, 2, [3, 4]), (.rejectEarliestDeadline, 3, [2, 4]),
        (.newestFirstUnderOverload, 2, [4, 3]),
    ])
    func fullLine(policy: QueueConfiguration.FullPolicy, leaves: Int?, order: [Int]) throws {
        var machine = Machine(queue: .init(depth: 2, whenFull: policy))
        func patience(_ seconds: Int) -> Patience { Patience(now: .zero, deadline: .zero + .seconds(seconds)) }
        _ = machine.acquire(1, patience(100))
        _ = machine.attemptSucceeded(now: .zero)
        _ = machine.acquire(2, patience(50))
        _ = machine.acquire(3, patience(20))
        switch machine.acquire(4, patience(80)) {
        case .queued(_, let evicted, attempt: false): #expect(evicted == leaves)
        case .refused(.queueFull, _): #expect(leaves == nil)
        default: throw Unexpected()
        }
        var served: [Int] = []
        while machine.isHeld {
            machine.release(now: .zero)
            guard machine.didUnlock().attempt, case .granted(let next, hasWaited: true) = machine.attemptSucceeded(now: .zero) else { break }
            served.append(next)
        }
        #expect(served == order)
        #expect(machine.waiting == 0)
    }

    @Test("says when trying again makes sense, by how fast its line has moved")
    func retryAfter() throws {
        var machine = Machine(queue: .init(depth: 2))
        let start = MonotonicTime.zero
        _ = machine.acquire(1, Patience(now: start))
        _ = machine.attemptSucceeded(now: start)
        for id in 2...3 { _ = machine.acquire(id, Patience(now: start)) }
        let later = start + .seconds(2)
        machine.release(now: later)
        _ = machine.didUnlock()
        _ = machine.attemptSucceeded(now: later)
        machine.recordWait(since: start, now: later)
        _ = machine.acquire(4, Patience(now: later))
        guard case .refused(.queueFull, retryAfter: let after?) = machine.acquire(5, Patience(now: later)) else { throw Unexpected() }
        #expect(after > .zero)
        machine.setQueueDepth(3)
        guard case .queued = machine.acquire(6, Patience(now: later)) else { throw Unexpected() }
    }

    /// Random events, with a system that gives the lock when it likes. Returns what went wrong first.
    private func violation(seed: UInt64, ignoresAttempts: Bool = false, doublesAttempts: Bool = false) -> String? {
        var random = SeededRandom(seed: seed)
        var machine = Machine(queue: .init(depth: 100))
        var attempts = 0
        var holder: Int?
        var line: [Int] = []
        var tickets: [Int: Machine.Ticket] = [:]
        func start(_ isNeeded: Bool) { if isNeeded, !ignoresAttempts || attempts > 0 { attempts += 1 } else if doublesAttempts, !line.isEmpty { attempts += 1 } }
        for id in 0..<150 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                guard case .queued(let ticket, nil, let attempt) = machine.acquire(id, Patience(now: .zero)) else { return "refused" }
                line.append(id)
                tickets[id] = ticket
                start(attempt)
            case 4..<6:
                guard attempts > 0 else { continue }
                if holder != nil { return "event \(id): two attempts at a time" }
                attempts -= 1
                switch machine.attemptSucceeded(now: .zero) {
                case .granted(let next, _):
                    if line.first != next { return "event \(id): \(next) went out of turn" }
                    holder = line.removeFirst()
                case .unlock:
                    if !line.isEmpty { return "event \(id): the lock was given back although somebody waits" }
                    start(machine.didUnlock().attempt)
                }
            case 6, 7:
                guard holder != nil else { continue }
                holder = nil
                machine.release(now: .zero)
                start(machine.didUnlock().attempt)
            default:
                guard let leaving = line.randomElement(using: &random) else { continue }
                if machine.giveUp(tickets[leaving]!, .cancelled) == nil { return "event \(id): a waiter could not leave" }
                line.removeAll { $0 == leaving }
            }
            if attempts > 1 { return "event \(id): \(attempts) attempts at a time" }
            if holder == nil, attempts == 0, !line.isEmpty { return "event \(id): \(line.count) wait and nobody tries" }
        }
        return nil
    }

    @Test("keeps its invariants in any order of events; the proof notices an attempt not made and one made twice")
    func randomOrder() {
        for seed in 0..<500 as Range<UInt64> { #expect(violation(seed: seed) == nil) }
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, ignoresAttempts: true) == nil })
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, doublesAttempts: true) == nil })
    }

    @Test("excludes those who come by another lock of the same file; without it updates are lost within 100 rounds", .timeLimit(.minutes(5)))
    func exclusion() async throws {
        let folder = try TemporaryFolder()
        for _ in 0..<5 {
            let lost = try await Proofs.lostUpdates { section in
                // A value of its own each time: as foreign to the others as another process is.
                try await FileLock(path: "\(folder.path)/lock").withLock { await section() }
            }
            #expect(lost == 0)
        }
        #expect(try await Proofs.failsWithin100Rounds { try await Proofs.lostUpdates { section in await section() } == 0 })
    }

    @Test("lets a waiter go at its deadline or when it is cancelled, and whoever is next gets the lock all the same", .timeLimit(.minutes(5)))
    func giveUp() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let theirs = FileLock(path: "\(folder.path)/lock")
        let ours = FileLock(path: "\(folder.path)/lock", clock: clock)
        let holder = try await Holder.enter { section in try await theirs.withLock { try await section() } }
        let late = Task { try await ours.withLock(deadline: .zero + .seconds(1)) {} }  // awaited below
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(1))
        #expect(try await acquireFailure { try await late.value } == .deadlineExceeded)
        let cancelled = Task { try await ours.withLock {} }  // awaited below
        try await until { ours.snapshot.waiting == 1 }
        cancelled.cancel()
        #expect(try await acquireFailure { try await cancelled.value } == .cancelled)
        let patient = Task { try await ours.withLock {} }  // awaited below
        try await until { ours.snapshot.waiting == 1 }
        try await holder.leave()
        try await patient.value
        try await theirs.withLock {}
        #expect(ours.snapshot.acquisitions == 1)
        #expect(ours.snapshot.expired == 1)
        #expect(ours.snapshot.cancelled == 1)
    }

    @Test("measures how long it is held, and what it was held up by is the cause of who did not get it", .timeLimit(.minutes(5)))
    func held() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let lock = FileLock(path: "\(folder.path)/lock", queue: .init(depth: 1, deadline: .seconds(4)), clock: clock)
        try await lock.withLock { clock.advance(by: .seconds(3)) }
        _ = try await lock.tryWithLock { clock.advance(by: .seconds(5)) }
        #expect(lock.snapshot.runs.shortest == .seconds(3))
        #expect(lock.snapshot.runs.longest == .seconds(5))
        let theirs = FileLock(path: "\(folder.path)/lock")
        let holder = try await Holder.enter { section in try await theirs.withLock { try await section() } }
        let waiter = Task { try await lock.withLock {} }  // awaited below
        try await until { lock.snapshot.isBlocked }
        let full = await #expect(throws: AcquireError.self) { try await lock.withLock {} }
        #expect(full?.code == .queueFull)
        #expect((full?.cause as? FileError)?.operation == "flock")
        try await clock.waitForPending(1)
        clock.advance(by: .seconds(4))
        let late = await #expect(throws: AcquireError.self) { try await waiter.value }
        #expect(late?.code == .deadlineExceeded)
        #expect((late?.cause as? FileError)?.path == "\(folder.path)/lock")
        try await holder.leave()
        try await until { !lock.snapshot.isBlocked }
        #expect(lock.snapshot.refused == 1 && lock.snapshot.expired == 1)
    }

    @Test("drains: who waits has its turn, newcomers are refused; and shuts down: who waits is refused too", .timeLimit(.minutes(5)))
    func drain() async throws {
        let folder = try TemporaryFolder()
        let lock = FileLock(path: "\(folder.path)/lock")
        let holder = try await Holder.enter { section in try await lock.withLock { try await section() } }
        async let waiter: Void = lock.withLock {}
        try await until { lock.snapshot.waiting == 1 }
        async let drained = lock.drain()
        while try await acquireFailure({ try await lock.withLock(deadline: .zero) {} }) != .shutDown { await Task.yield() }
        #expect(try await lock.tryWithLock {} == nil)
        try await holder.leave()
        try await waiter
        #expect(await drained)
        #expect(await lock.drain(), "what is idle has been drained")

        let other = FileLock(path: "\(folder.path)/lock")
        let blocker = FileLock(path: "\(folder.path)/lock")
        let foreign = try await Holder.enter { section in try await blocker.withLock { try await section() } }
        let refused = Task { try await other.withLock {} }  // awaited below
        try await until { other.snapshot.isBlocked }
        let clock = SystemClock.shared
        #expect(await other.drain(deadline: clock.now + .milliseconds(1)) == false, "one waits for another party")
        other.shutDown()
        #expect(try await acquireFailure { try await refused.value } == .shutDown)
        #expect(await other.drain(), "the thread that is left is nobody's")
        try await foreign.leave()
        try await until { !other.snapshot.isBlocked }
        try await blocker.withLock {}
    }

    @Test("may be shared by readers, and locks the file that is there when its holder has removed the old one", .timeLimit(.minutes(5)))
    func sharedAndReplaced() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/lock"
        let reader = FileLock(path: path, isShared: true)
        let otherReader = FileLock(path: path, isShared: true)
        try await reader.withLock { try await otherReader.withLock {} }
        let writer = FileLock(path: path)
        let holder = try await Holder.enter { section in try await writer.withLock { try await section() } }
        let waiting = FileLock(path: path)
        let waiter = try await Holder.enterLater { section in try await waiting.withLock { try await section() } }
        try await until { waiting.snapshot.waiting == 1 }
        folder.remove("lock")
        try await holder.leave()
        try await waiter.arrived()
        let excluded = FileLock(path: path)
        let next = Task { try await excluded.withLock {} }  // awaited below
        try await until { excluded.snapshot.waiting == 1 }
        #expect(!excluded.snapshot.isHeld)
        try await waiter.leave()
        try await next.value
    }

    @Test("says what the system said when a file cannot be locked", .timeLimit(.minutes(5)))
    func failure() async throws {
        let error = await #expect(throws: FileError.self) { try await FileLock(path: "/nowhere/at/all").withLock {} }
        #expect(error?.operation == "open")
        #expect(error?.message.contains("/nowhere/at/all") == true)
    }

    @Test("creates a file for one of several who try; a check before the creation lets several through within 100 rounds", .timeLimit(.minutes(5)))
    func createIfAbsent() async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/file"
        func winners(_ create: @escaping @Sendable (String) async throws -> Bool) async throws -> [String] {
            folder.remove("file")
            return try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<6 { group.addTask { try await create("contents \(number)") ? "contents \(number)" : nil } }
                return try await group.reduce(into: []) { if let winner = $1 { $0.append(winner) } }
            }
        }
        for _ in 0..<30 {
            let winners = try await winners { try AtomicFile(path: path).createIfAbsent($0.utf8) }
            #expect(winners.count == 1)
            #expect(folder.read("file") == winners.first)
        }
        let isNoticed = try await Proofs.failsWithin100Rounds {
            try await winners { contents in
                let isThere = folder.read("file") != nil
                await Task.yield()
                if !isThere { try AtomicFile(path: path).replace(with: contents.utf8) }
                return !isThere
            }.count == 1
        }
        #expect(isNoticed)
        #expect(folder.names == ["file"], "no draft is left behind")
    }

    @Test("replaces a file so that readers see all of the old or all of the new", .timeLimit(.minutes(5)))
    func replace() async throws {
        let folder = try TemporaryFolder()
        let file = AtomicFile(path: "\(folder.path)/file")
        let contents = (0..<4).map { String(repeating: "\($0)", count: 50_000) }
        try file.replace(with: contents[0].utf8)
        let torn = Shared(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for round in 0..<40 { try file.replace(with: contents[round % 4].utf8) } }
            group.addTask {
                for _ in 0..<200 where !contents.contains(folder.read("file") ?? "") { torn.update { $0 += 1 } }
            }
            try await group.waitForAll()
        }
        #expect(torn.value == 0)
        #expect(folder.names == ["file"])
        let error = #expect(throws: FileError.self) { try AtomicFile(path: "/nowhere/file").replace(with: [1]) }
        #expect(error?.operation == "create")
    }

    @Test("counts as contended who had to wait, and as failed who was told that it could not be locked", .timeLimit(.minutes(5)))
    func counters() async throws {
        let folder = try TemporaryFolder()
        let lock = FileLock(path: "\(folder.path)/lock")
        for _ in 0..<3 { try await lock.withLock {} }
        #expect(lock.snapshot.acquisitions == 3)
        #expect(lock.snapshot.contended == 0)
        #expect(lock.snapshot.waits.count == 0)
        let holder = try await Holder.enter { section in try await lock.withLock { try await section() } }
        let waiter = Task { try await lock.withLock {} }  // awaited below
        try await until { lock.snapshot.waiting == 1 }
        try await holder.leave()
        try await waiter.value
        #expect(lock.snapshot.contended == 1)
        #expect(lock.snapshot.waits.count == 1)
        #expect(lock.snapshot.runs.count == 5)
        let missing = FileLock(path: "\(folder.path)/nowhere/lock")
        await #expect(throws: FileError.self) { try await missing.withLock {} }
        await #expect(throws: FileError.self) { try await missing.tryWithLock {} }
        #expect(missing.snapshot.failed == 2)
        #expect(missing.snapshot.acquisitions == 0)
    }

    @Test("is free at once when it is given up, although a child that is being started has a copy of the descriptor")
    func copies() throws {
        let folder = try TemporaryFolder()
        func lock() throws -> Int32? { try OperatingSystem.lockFile(at: "\(folder.path)/lock", isShared: false, mayBlock: false) }
        let file = try #require(try lock())
        let copy = dup(file) // as a fork makes one
        defer { close(copy) }
        #expect(try lock() == nil)
        OperatingSystem.unlockFile(file)
        OperatingSystem.unlockFile(try #require(try lock()))
    }

    @Test("is tried without waiting: taken when it is free, and nothing when anybody has it", .timeLimit(.minutes(5)))
    func trying() async throws {
        let folder = try TemporaryFolder()
        let lock = FileLock(path: "\(folder.path)/lock")
        let foreign = FileLock(path: "\(folder.path)/lock")
        #expect(try await lock.tryWithLock { 7 } == 7)
        let isInside = try await lock.tryWithLock {
            let own = try await lock.tryWithLock { true }
            let other = try await foreign.tryWithLock { true }
            #expect(own == nil)
            #expect(other == nil)
            return lock.snapshot.isHeld
        }
        #expect(isInside == true)
        #expect(try await foreign.tryWithLock { 8 } == 8)
        #expect(!lock.snapshot.isHeld)
        #expect(lock.snapshot.acquisitions == 2)
    }
}
