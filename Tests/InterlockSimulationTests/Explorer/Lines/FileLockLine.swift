import InterlockConcurrency
import InterlockSimulation

/// No other process wants the file.
struct FileLockLine: LineUnderProof {
    private let lock: SimulatedFileLock
    private let witness: LineWitness

    init(_ queue: QueueConfiguration, _ context: ExplorationContext, _ witness: LineWitness) {
        lock = SimulatedFileLock(LockedFile(), context, queue: queue)
        self.witness = witness
    }

    func run(_ id: Int, for key: Int, deadline: MonotonicTime?, _ section: @escaping @Sendable () async -> Void) async throws {
        try await lock.run(for: key, deadline: deadline) {
            await section()
            witness.leave()
        }
    }

    func setQueueDepth(_ depth: Int) { lock.setQueueDepth(depth) }

    func rest() async -> String? { lock.isIdle ? nil : "somebody has the lock or waits for it" }

    static var traits: LineTraits { LineTraits(refusesCancelledAtOnce: true) }
}
