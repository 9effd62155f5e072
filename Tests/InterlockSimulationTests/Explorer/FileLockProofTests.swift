import InterlockConcurrency
import InterlockSimulation
import Testing

extension ToolkitProofTests {
    @Test("the machine of a FileLock lets one in at a time beside another process, cancelled or not, and forgets nobody; one that is forgotten is found", .timeLimit(.minutes(5)))
    func fileLock() async throws {
        try await prove("FileLock's machine") { context, isFaulty in
            let file = LockedFile()
            let lock = SimulatedFileLock(file, context, forgets: isFaulty)
            try await callers(2, context, file, lock, cancelled: isFaulty ? nil : 0) { _ in 0 }
        }
    }

    @Test(
        "a full line before a FileLock that another process wants too tells everybody, whoever leaves and however long it is; one forgotten is found",
        .timeLimit(.minutes(5)), arguments: QueueProofTests.policies)
    func fileLockFull(policy: QueueConfiguration.FullPolicy) async throws {
        try await prove("FileLock's machine beside another process, \(policy)") { context, isFaulty in
            let file = LockedFile()
            let lock = SimulatedFileLock(file, context, queue: .init(depth: 2, whenFull: policy), forgets: isFaulty)
            let resizer = Task(executorPreference: context.executor) { lock.setQueueDepth(1) }  // awaited below
            try await callers(3, context, file, lock, cancelled: isFaulty ? nil : 1) { $0 / 2 }
            await resizer.value
        }
    }

    /// Callers of this process and one of another want the same file; one of them is cancelled at any moment there is.
    private func callers(
        _ count: Int, _ context: ExplorationContext, _ file: LockedFile, _ lock: SimulatedFileLock, cancelled: Int?, key: @escaping @Sendable (Int) -> Int
    ) async throws {
        let inside = Shared((now: 0, most: 0))
        @Sendable func section() async {
            inside.update { $0.now += 1; $0.most = max($0.most, $0.now) }
            await Task.yield()
            inside.update { $0.now -= 1 }
        }
        let callers = (0..<count).map { id in
            Task(executorPreference: context.executor) { () -> AcquireError.Code? in  // awaited below
                do throws(AcquireError) {
                    try await lock.run(for: key(id), section)
                    return nil
                } catch {
                    return error.code
                }
            }
        }
        let other = Task(executorPreference: context.executor) {  // another process; awaited below
            await file.lock()
            await section()
            file.unlock()
        }
        let canceller = Task(executorPreference: context.executor) { if let cancelled { callers[cancelled].cancel() } }  // awaited below
        for (id, caller) in callers.enumerated() {
            let refusal = await caller.value
            guard refusal == nil || refusal == .queueFull || refusal == .cancelled && id == cancelled else {
                throw Violation(description: "caller \(id) ended with \(refusal.map { "\($0)" } ?? "nothing")")
            }
        }
        await other.value
        await canceller.value
        if inside.get().most > 1 { throw Violation(description: "\(inside.get().most) were inside at once") }
        // A thread that waited for a caller who has gone gives the lock back in its own time.
        while file.isHeld { await Task.yield() }
        if !lock.isIdle { throw Violation(description: "somebody holds the lock or waits for it, and all have gone") }
    }
}
