import Synchronization

/// How often something was refused for each of a few reasons.
final class RefusalCounts<Reason: Hashable & CaseIterable & Sendable>: Sendable {
    private let counts = Mutex<[Reason: Int]>(Dictionary(uniqueKeysWithValues: Reason.allCases.map { ($0, 0) }))

    func count(_ reason: Reason) { counts.withLock { $0[reason, default: 0] += 1 } }

    /// Every reason, those that never occurred too.
    var all: [Reason: Int] { counts.withLock { $0 } }
}
