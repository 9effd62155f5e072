/// The permits that are out, each with a number that is good for one return.
///
/// A slot's generation goes up when its permit comes back, so a second return of the same permit is recognised, at the
/// cost of an array access and without an allocation once the table has grown to the most permits ever out.
@usableFromInline
package struct PermitTable: Sendable {
    /// The number of one permit.
    @usableFromInline
    package struct Slot: Sendable, Hashable {
        fileprivate let index: Int32
        fileprivate let generation: UInt32
    }

    private var generations: [UInt32] = []
    private var free: [Int32] = []

    package init() {}

    /// Permits that are out.
    package var count: Int { generations.count - free.count }

    package mutating func take() -> Slot {
        if let index = free.popLast() { return Slot(index: index, generation: generations[Int(index)]) }
        generations.append(0)
        return Slot(index: Int32(generations.count - 1), generation: 0)
    }

    /// Takes a permit back; `false` when it had come back before.
    package mutating func giveBack(_ slot: Slot) -> Bool {
        guard generations[Int(slot.index)] == slot.generation else { return false }
        generations[Int(slot.index)] &+= 1
        free.append(slot.index)
        return true
    }
}
