import InterlockConcurrency
import InterlockSimulation

/// A primitive with one place and a line before it, as the proofs of that line see it.
///
/// It tells the witness when the place is free again, in the step in which it is.
protocol LineUnderProof: Sendable {
    init(_ queue: QueueConfiguration, _ context: ExplorationContext, _ witness: LineWitness)
    /// Runs a section inside.
    func run(_ id: Int, for key: Int, deadline: MonotonicTime?, _ section: @escaping @Sendable () async -> Void) async throws
    func setQueueDepth(_ depth: Int)
    /// What is left over when all have gone; `nil` when nothing is.
    func rest() async -> String?
    static var traits: LineTraits { get }
}
