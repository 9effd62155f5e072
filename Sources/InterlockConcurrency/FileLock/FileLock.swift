import Synchronization

/// A lock that processes share, by a file: advisory, so it binds those who ask for it.
///
/// ```swift
/// let lock = FileLock(path: "/var/lib/notes/.lock")
/// try await lock.withLock(deadline: clock.now + .seconds(5)) { try migrate() }
/// ```
///
/// It is the system's lock on an open file (`flock`): it ends with the process, however that ends, and another ``FileLock``
/// of the same path, in this process too, is another party. The file is created if need be, and stays. Make one value for
/// each path and keep it.
///
/// **Where it blocks.** Not on the cooperative pool: the wait for another process is made on a thread of its own, at most
/// one for each lock. **Deadline and cancellation** end the wait of the caller at once; the thread stays until the other
/// process lets go, and then serves whoever's turn it is, or gives the lock back.
///
/// **Fairness.** Among the callers of one lock first come first served, or by keys in turn (``withLock(by:deadline:_:)``), unless the policy for a full line says otherwise;
/// the line is bounded. Between processes there is none: the system keeps no order among them, the lock goes back to it
/// after every caller, and who asks in that moment gets it, which is often the process that has just let go. A process whose
/// callers stand in line can so keep others waiting for as long as it has callers; a deadline is what they have against it.
public final class FileLock: Sendable {
    /// A locked file: its descriptor, and whether the caller had to wait for it.
    private struct Grant {
        let file: Int32
        let hasWaited: Bool
    }

    /// What becomes of who waits.
    private enum Outcome {
        case granted(Grant)
        case failed(any Error)
        /// For who waited for the lock to run empty.
        case idle
    }

    private typealias Machine = FileLockStateMachine<Waiter<Outcome>>

    /// The file.
    public let path: String
    private let state: Mutex<Machine>
    private let keys = FairKeys()
    private let isShared: Bool
    private let queueDeadline: Duration?
    private let clock: any SchedulingClock
    private let name: String

    /// Makes a lock; touches no file yet.
    ///
    /// - Parameters:
    ///   - path: A file for this purpose alone, on a file system that knows locks. Its folder must exist.
    ///   - isShared: Whether others that are shared may hold it at the same time: for readers.
    ///   - queue: How many callers of this process may wait, for how long, and who goes when there are too many. Without
    ///     places only who finds the lock free in this process may ask the others for it.
    ///   - clock: Decides when deadlines pass, and measures.
    public init(
        path: String, isShared: Bool = false, queue: QueueConfiguration = QueueConfiguration(depth: 1_000), clock: any SchedulingClock = SystemClock.shared
    ) {
        self.path = path
        self.isShared = isShared
        self.clock = clock
        queueDeadline = queue.deadline
        name = "the lock on '\(path)'"
        state = Mutex(Machine(queue: queue))
    }

    /// Runs `body` while holding the lock, in the caller's isolation, and leaves it however `body` ends.
    ///
    /// Cancellation and deadlines end the wait, never `body`. A caller that is cancelled in the moment it is given the lock
    /// runs `body` all the same.
    ///
    /// - Parameter deadline: Until when to wait, the line's own deadline if that is earlier; does not limit `body`.
    /// - Throws: ``AcquireError`` when the lock was not acquired, with a ``FileError`` as its cause when it was another process
    ///   that had it; ``FileError`` when the file could not be opened or locked; and what `body` throws.
    public nonisolated(nonsending) func withLock<R>(
        deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let file = try await acquire(by: nil, deadline: deadline)
        defer { release(file) }
        return try await body()
    }

    /// ``withLock(deadline:_:)``, fair between those of this process who ask: while it waits, the call stands in the line of `key`.
    ///
    /// The keys that wait get the lock in turn, first come first served within one; when the line is full, the key with the
    /// longest line gives up a place, rather than a key with less than its share being refused.
    ///
    /// - Parameter key: Who asks: a session, a tenant.
    public nonisolated(nonsending) func withLock<R>(
        by key: some Hashable & Sendable, deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let file = try await acquire(by: key, deadline: deadline)
        defer { release(file) }
        return try await body()
    }

    /// Runs `body` while holding the lock, if nobody of any process holds it or waits for it here; returns `nil` without
    /// running it otherwise, and when the lock is draining or shut down.
    ///
    /// Asks the system once, without waiting. A miss is not counted among the refused.
    ///
    /// - Throws: ``FileError`` when the file could not be opened or locked, and what `body` throws.
    public nonisolated(nonsending) func tryWithLock<R>(_ body: nonisolated(nonsending) () async throws -> R) async throws -> R? {
        guard state.withLock({ $0.beginTry() }) else { return nil }
        let file: Int32?
        do throws(FileError) {
            file = try OperatingSystem.lockFile(at: path, isShared: isShared, mayBlock: false)
        } catch {
            perform(state.withLock { $0.tryFailed() })
            throw error
        }
        let now = clock.now
        perform(state.withLock { $0.endTry(hasLock: file != nil, now: now) })
        guard let file else { return nil }
        defer { release(file) }
        return try await body()
    }

    /// Changes how many callers may wait, at once. Who waits already stays, also beyond a smaller number.
    public func setQueueDepth(_ depth: Int) {
        state.withLock { $0.setQueueDepth(depth) }
    }

    /// Refuses newcomers from now on, and waits until all who waited have had their turn and nobody here holds the lock.
    ///
    /// Those who wait still wait for other processes; ``shutDown()`` empties the line. A thread that is left waiting for
    /// another process, with nobody in line, is not waited for: it gives the lock back in the moment it gets it.
    ///
    /// - Parameter deadline: When to stop waiting. The lock goes on draining.
    /// - Returns: `true` when it ran empty; `false` when the deadline passed or the task was cancelled first.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        tellIdle(state.withLock { $0.startDraining() })
        let waiter = Waiter<Outcome>()
        guard let ticket = state.withLock({ $0.watchIdle(waiter) }) else { return true }
        let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
            state.withLock { $0.unwatchIdle(ticket) }?.resolve(.failed(AcquireError.gaveUp(reason, name)))
        }
        if case .idle = outcome { return true }
        return false
    }

    /// Refuses newcomers from now on, and all who wait, with ``AcquireError/Code-swift.struct/shutDown``.
    ///
    /// Who holds the lock is not disturbed. Cannot be undone.
    public func shutDown() {
        let settlement = state.withLock { $0.shutDown() }
        for waiter in settlement.refused { waiter.resolve(.failed(AcquireError.shutDown(name))) }
        tellIdle(settlement.drained)
    }

    /// The state and the counters now.
    public var snapshot: FileLockSnapshot { state.withLock { FileLockSnapshot($0) } }

    private nonisolated(nonsending) func acquire(by key: (any Hashable & Sendable)?, deadline: MonotonicTime?) async throws -> Int32 {
        let number = keys.retain(key)
        defer { keys.release(key) }
        let waiter = Waiter<Outcome>()
        let now = clock.now
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: queueDeadline, now: now)
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        let (acquisition, line) = state.withLock { ($0.acquire(waiter, for: number, patience), Line($0, now: now)) }
        switch acquisition {
        case .refused(let code, let retryAfter):
            throw line.error(.refused(code, name, depth: line.depth, retryAfter: retryAfter), path)
        case .queued(let ticket, let evicted, let attempt):
            evicted?.resolve(.failed(line.error(.queueFull(name, depth: line.depth, retryAfter: line.retryAfter), path)))
            if attempt { startAttempt() }
            let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in giveUp(ticket, reason) }
            switch outcome {
            case .granted(let grant):
                if grant.hasWaited { state.withLock { $0.recordWait(since: now, now: clock.now) } }
                return grant.file
            case .failed(let error): throw error
            case .idle: preconditionFailure("a caller was told that the lock is idle")
            }
        }
    }

    private func giveUp(_ ticket: Machine.Ticket, _ reason: GiveUpReason) {
        let now = clock.now
        let (left, line) = state.withLock { ($0.giveUp(ticket, reason), Line($0, now: now)) }
        guard let (waiter, drained) = left else { return }
        waiter.resolve(.failed(line.error(.gaveUp(reason, name), path)))
        tellIdle(drained)
    }

    private func release(_ file: Int32) {
        let now = clock.now
        state.withLock { $0.release(now: now) }
        giveBack(file)
    }

    private func giveBack(_ file: Int32) {
        OperatingSystem.unlockFile(file)
        perform(state.withLock { $0.didUnlock() })
    }

    private func perform(_ effects: Machine.Effects) {
        tellIdle(effects.drained)
        if effects.attempt { startAttempt() }
    }

    private func tellIdle(_ watchers: [Waiter<Outcome>]) {
        for watcher in watchers { watcher.resolve(.idle) }
    }

    /// Tries without blocking first, which is all there is to a lock that is free; otherwise on a thread.
    private func startAttempt() {
        do throws(FileError) {
            if let file = try OperatingSystem.lockFile(at: path, isShared: isShared, mayBlock: false) { return succeed(file) }
        } catch {
            return fail(error)
        }
        tellIdle(state.withLock { $0.attemptBlocks() })
        OperatingSystem.startEssentialThread(named: "interlock-flock") { [self] in
            do throws(FileError) {
                guard let file = try OperatingSystem.lockFile(at: path, isShared: isShared, mayBlock: true) else { return }
                succeed(file)
            } catch {
                fail(error)
            }
        }
    }

    private func succeed(_ file: Int32) {
        let now = clock.now
        switch state.withLock({ $0.attemptSucceeded(now: now) }) {
        case .granted(let waiter, let hasWaited): waiter.resolve(.granted(Grant(file: file, hasWaited: hasWaited)))
        case .unlock: giveBack(file)
        }
    }

    private func fail(_ error: FileError) {
        let settlement = state.withLock { $0.attemptFailed() }
        for waiter in settlement.refused { waiter.resolve(.failed(error)) }
        tellIdle(settlement.drained)
    }
}

/// What the error of who did not get a lock has to say about the line it stood in.
private struct Line {
    let depth: Int
    let isBlocked: Bool
    let retryAfter: Duration?

    init<W>(_ machine: FileLockStateMachine<W>, now: MonotonicTime) {
        depth = machine.queueDepth
        isBlocked = machine.isBlocked
        retryAfter = machine.retryAfter(now: now)
    }

    /// The error, with what the system said as its cause when it was another process that had the lock.
    func error(_ error: AcquireError, _ path: String) -> AcquireError {
        guard isBlocked, error.code == .deadlineExceeded || error.code == .queueFull else { return error }
        return AcquireError(code: error.code, message: error.message, retryAfter: error.retryAfter, cause: OperatingSystem.fileIsLocked(path))
    }
}
