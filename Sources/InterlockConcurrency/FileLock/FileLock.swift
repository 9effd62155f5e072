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
/// process lets go, and then serves whoever is first in line, or gives the lock back. **Fairness.** First come first
/// served among the callers of one lock; between processes the system decides.
public final class FileLock: Sendable {
    /// The descriptor of the locked file, and whether the caller had to wait for it.
    private typealias Grant = (file: Int32, hasWaited: Bool)
    private typealias Machine = FileLockStateMachine<Waiter<Result<Grant, any Error>>>

    /// The file.
    public let path: String
    private let state: Mutex<Machine>
    private let isShared: Bool
    private let queueDepth: Int
    private let clock: any SchedulingClock

    /// Makes a lock; touches no file yet.
    ///
    /// - Parameters:
    ///   - path: A file for this purpose alone, on a file system that knows locks. Its folder must exist.
    ///   - isShared: Whether others that are shared may hold it at the same time: for readers.
    ///   - queueDepth: Callers of this process that may wait; who comes when it is full is refused.
    ///   - clock: Decides when deadlines pass.
    public init(path: String, isShared: Bool = false, queueDepth: Int = 1_000, clock: any SchedulingClock = SystemClock.shared) {
        self.path = path
        self.isShared = isShared
        self.queueDepth = queueDepth
        self.clock = clock
        state = Mutex(Machine(queueDepth: queueDepth))
    }

    /// Runs `body` while holding the lock, in the caller's isolation, and leaves it however `body` ends.
    ///
    /// - Parameter deadline: Until when to wait; does not limit `body`.
    /// - Throws: ``AcquireError`` when the lock was not acquired, ``FileError`` when the file could not be opened or locked,
    ///   and what `body` throws.
    public nonisolated(nonsending) func withLock<R>(
        deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        let file = try await acquire(deadline: deadline)
        defer { release(file) }
        return try await body()
    }

    /// Runs `body` while holding the lock, if nobody of any process holds it or waits for it here; returns `nil` without
    /// running it otherwise.
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
            if state.withLock({ $0.tryFailed() }) { startAttempt() }
            throw error
        }
        if state.withLock({ $0.endTry(hasLock: file != nil) }) { startAttempt() }
        guard let file else { return nil }
        defer { release(file) }
        return try await body()
    }

    /// The state and the counters now.
    public var snapshot: MutexSnapshot {
        state.withLock { machine in
            let counters = machine.counters
            return MutexSnapshot(
                isHeld: machine.isHeld, waiting: machine.waiting, acquisitions: counters.granted, contended: counters.waited,
                refused: counters.refused, failed: machine.failed, expired: counters.expired, cancelled: counters.cancelled,
                peakWaiting: counters.peakWaiting, waits: counters.waits)
        }
    }

    private nonisolated(nonsending) func acquire(deadline: MonotonicTime?) async throws -> Int32 {
        let waiter = Waiter<Result<Grant, any Error>>()
        let now = clock.now
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        switch state.withLock({ $0.acquire(waiter, patience) }) {
        case .refused(let code):
            throw AcquireError.refused(code, "the lock on '\(path)'", depth: queueDepth)
        case .queued(let ticket, let attempt):
            if attempt { startAttempt() }
            let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
                let waiter = state.withLock { $0.giveUp(ticket, reason) }
                waiter?.resolve(.failure(AcquireError.gaveUp(reason, "the lock on '\(path)'")))
            }
            let (file, hasWaited) = try outcome.get()
            if hasWaited { state.withLock { $0.recordWait(clock.now - now) } }
            return file
        }
    }

    private func release(_ file: Int32) {
        state.withLock { $0.release() }
        giveBack(file)
    }

    private func giveBack(_ file: Int32) {
        OperatingSystem.unlockFile(file)
        if state.withLock({ $0.didUnlock() }) { startAttempt() }
    }

    /// Tries without blocking first, which is all there is to a lock that is free; otherwise on a thread.
    private func startAttempt() {
        do throws(FileError) {
            if let file = try OperatingSystem.lockFile(at: path, isShared: isShared, mayBlock: false) { return succeed(file) }
        } catch {
            return fail(error)
        }
        state.withLock { $0.attemptBlocks() }
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
        switch state.withLock({ $0.attemptSucceeded() }) {
        case .granted(let waiter, let hasWaited): waiter.resolve(.success((file, hasWaited)))
        case .unlock: giveBack(file)
        }
    }

    private func fail(_ error: FileError) {
        for waiter in state.withLock({ $0.attemptFailed() }) { waiter.resolve(.failure(error)) }
    }
}
