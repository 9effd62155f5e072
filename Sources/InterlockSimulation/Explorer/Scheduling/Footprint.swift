/// What a step touched: the ground for saying that two steps may change places without a difference.
package enum Footprint: Sendable, Equatable {
    /// Nobody said, so it may be anything.
    case unknown
    /// These and nothing else; by hash, so two resources that collide only cost a little work.
    case known(reads: Set<Int>, writes: Set<Int>)

    package static let nothing = Footprint.known(reads: [], writes: [])

    /// Adds an access.
    package mutating func insert(_ resource: Int, writing: Bool) {
        guard case .known(var reads, var writes) = self else { return }
        self = .unknown
        if writing { writes.insert(resource) } else { reads.insert(resource) }
        self = .known(reads: reads, writes: writes)
    }

    /// Whether the two steps may run in either order with the same result: neither writes what the other touches.
    package func isIndependent(of other: Footprint) -> Bool {
        guard case .known(let reads, let writes) = self, case .known(let otherReads, let otherWrites) = other else { return false }
        return writes.isDisjoint(with: otherWrites) && writes.isDisjoint(with: otherReads) && reads.isDisjoint(with: otherWrites)
    }
}
