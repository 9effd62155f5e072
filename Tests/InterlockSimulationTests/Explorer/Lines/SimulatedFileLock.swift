import InterlockConcurrency
import InterlockSimulation
import Synchronization

/// ``FileLock`` with tasks for its threads and a value for its file; what decides is the same state machine.
final class SimulatedFileLock: Sendable {
    /// `nil` for the lock, or why not.
    private typealias Outcome = AcquireError.Code?

    private let machine: Mutex<FileLockStateMachine<Waiter<Outcome>>>
    private let file: LockedFile
    private let context: ExplorationContext
    /// The fault: nobody tries again for those who wait when the lock has been given back.
    private let forgets: Bool

    init(_ file: LockedFile, _ context: ExplorationContext, queue: QueueConfiguration = .init(depth: 10), forgets: Bool = false) {
        machine = Mutex(FileLockStateMachine(queue: queue))
        self.file = file
        self.context = context
        self.forgets = forgets
    }

    var isIdle: Bool { machine.withLock { !$0.isHeld && $0.waiting == 0 } }

    func setQueueDepth(_ depth: Int) { machine.withLock { $0.setQueueDepth(depth) } }

    /// Runs `body` with the lock, or throws why it was not to be had.
    func run(for key: Int = 0, deadline: MonotonicTime? = nil, _ body: () async -> Void) async throws(AcquireError) {
        let waiter = Waiter<Outcome>()
        let patience = Patience(now: context.clock.now, deadline: deadline, isCancelled: Task.isCancelled)
        switch machine.withLock({ $0.acquire(waiter, for: Int32(key), patience) }) {
        case .refused(let code, _): throw AcquireError(code: code, message: "refused")
        case .queued(let ticket, let evicted, let attempt):
            evicted?.resolve(.queueFull)
            if attempt { startAttempt() }
            let refusal = await waiter.wait { [self] in machine.withLock { $0.giveUp(ticket, .cancelled) }?.waiter.resolve(.cancelled) }
            if let refusal { throw AcquireError(code: refusal, message: "gave up") }
        }
        await body()
        machine.withLock { $0.release(now: context.clock.now) }
        giveBack()
    }

    private func startAttempt() {
        if file.tryLock() { return succeed() }
        _ = machine.withLock { $0.attemptBlocks() }
        // Stands for the thread; ends when the file is free, and the explorer waits for that.
        Task(executorPreference: context.executor) { [self] in
            await file.lock()
            succeed()
        }
    }

    private func succeed() {
        switch machine.withLock({ $0.attemptSucceeded(now: context.clock.now) }) {
        case .granted(let waiter, _): waiter.resolve(nil)
        case .unlock: giveBack()
        }
    }

    private func giveBack() {
        file.unlock()
        if machine.withLock({ $0.didUnlock() }).attempt, !forgets { startAttempt() }
    }
}
