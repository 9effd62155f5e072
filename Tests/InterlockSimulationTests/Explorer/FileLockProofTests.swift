import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

/// The file that processes lock: whoever asks gets it in turn, or is told that it is taken.
private final class LockedFile: Sendable {
    private let state = Mutex<(isHeld: Bool, line: [Waiter<Bool>])>((false, []))

    var isHeld: Bool { state.withLock { $0.isHeld } }

    func tryLock() -> Bool {
        state.withLock { state in
            defer { state.isHeld = true }
            return !state.isHeld
        }
    }

    func lock() async {
        let waiter: Waiter<Bool>? = state.withLock { state in
            guard state.isHeld else {
                state.isHeld = true
                return nil
            }
            let waiter = Waiter<Bool>()
            state.line.append(waiter)
            return waiter
        }
        _ = await waiter?.suspend()
    }

    func unlock() {
        let next: Waiter<Bool>? = state.withLock { state in
            guard state.line.isEmpty else { return state.line.removeFirst() }
            state.isHeld = false
            return nil
        }
        next?.resolve(true)
    }
}

/// ``FileLock`` with tasks for its threads and a value for its file; what decides is the same state machine.
private final class SimulatedFileLock: Sendable {
    private let machine = Mutex(FileLockStateMachine<Waiter<Bool>>(queue: .init(depth: 10)))
    private let file: LockedFile
    private let context: ExplorationContext
    /// The fault: nobody tries again for those who wait when the lock has been given back.
    private let forgets: Bool

    init(_ file: LockedFile, _ context: ExplorationContext, forgets: Bool) {
        self.file = file
        self.context = context
        self.forgets = forgets
    }

    var isIdle: Bool { machine.withLock { !$0.isHeld && $0.waiting == 0 } }

    func run(_ body: () async -> Void) async {
        let waiter = Waiter<Bool>()
        let patience = Patience(now: context.clock.now, deadline: nil, isCancelled: Task.isCancelled)
        guard case .queued(let ticket, nil, let attempt) = machine.withLock({ $0.acquire(waiter, patience) }) else { return }
        if attempt { startAttempt() }
        let isGranted = await waiter.wait { [self] in machine.withLock { $0.giveUp(ticket, .cancelled) }?.waiter.resolve(false) }
        guard isGranted else { return }
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
        case .granted(let waiter, _): waiter.resolve(true)
        case .unlock: giveBack()
        }
    }

    private func giveBack() {
        file.unlock()
        if machine.withLock({ $0.didUnlock() }).attempt, !forgets { startAttempt() }
    }
}

extension ToolkitProofTests {
    @Test("the machine of a FileLock lets one in at a time beside another process, cancelled or not, and forgets nobody; one that is forgotten is found", .timeLimit(.minutes(5)))
    func fileLock() async throws {
        try await prove("FileLock's machine") { context, isFaulty in
            let file = LockedFile()
            let lock = SimulatedFileLock(file, context, forgets: isFaulty)
            let inside = Shared((now: 0, most: 0))
            @Sendable func section() async {
                inside.update { $0.now += 1; $0.most = max($0.most, $0.now) }
                await Task.yield()
                inside.update { $0.now -= 1 }
            }
            let callers = (0..<2).map { _ in Task(executorPreference: context.executor) { await lock.run(section) } }  // awaited below
            let other = Task(executorPreference: context.executor) {  // another process; awaited below
                await file.lock()
                await section()
                file.unlock()
            }
            let canceller = Task(executorPreference: context.executor) { if !isFaulty { callers[0].cancel() } }  // awaited below
            for task in callers + [other, canceller] { await task.value }
            if inside.get().most > 1 { throw Violation(description: "\(inside.get().most) were inside at once") }
            // A thread that waited for a caller who has gone gives the lock back in its own time.
            while file.isHeld { await Task.yield() }
            if !lock.isIdle { throw Violation(description: "somebody holds the lock or waits for it, and all have gone") }
        }
    }
}
