/// Which group is served next: a heap of groups by the virtual time at which each is due, from which any group can step out.
///
/// Groups that are due at the same time are served in the order they became due. Everything takes time logarithmic in
/// the groups, and allocates nothing once the arrays have grown to the most groups at a time.
struct GroupSchedule: Sendable {
    private struct Entry {
        var due: UInt64
        var order: UInt64
        var group: Int32

        func precedes(_ other: Entry) -> Bool {
            due == other.due ? order < other.order : due < other.due
        }
    }

    private var heap: [Entry] = []
    /// Where each group stands in the heap; -1 for one that does not.
    private var places: [Int32] = []
    private var nextOrder: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }

    /// The group whose turn it is.
    var first: Int32? { heap.first?.group }

    func contains(_ group: Int32) -> Bool {
        Int(group) < places.count && places[Int(group)] >= 0
    }

    /// Puts a group in, or moves it to another time.
    mutating func set(_ group: Int32, due: UInt64) {
        while places.count <= Int(group) { places.append(-1) }
        let entry = Entry(due: due, order: nextOrder, group: group)
        nextOrder += 1
        if contains(group) {
            heap[Int(places[Int(group)])] = entry
        } else {
            places[Int(group)] = Int32(heap.count)
            heap.append(entry)
        }
        settle(Int(places[Int(group)]))
    }

    /// Takes a group out, if it is in.
    mutating func remove(_ group: Int32) {
        guard contains(group) else { return }
        let hole = Int(places[Int(group)])
        places[Int(group)] = -1
        let last = heap.removeLast()
        guard hole < heap.count else { return }
        place(last, at: hole)
        settle(hole)
    }

    private mutating func place(_ entry: Entry, at index: Int) {
        heap[index] = entry
        places[Int(entry.group)] = Int32(index)
    }

    /// Moves the entry at an index up or down until it stands right.
    private mutating func settle(_ start: Int) {
        var index = start
        let entry = heap[index]
        while index > 0, entry.precedes(heap[(index - 1) / 2]) {
            place(heap[(index - 1) / 2], at: index)
            index = (index - 1) / 2
        }
        while 2 * index + 1 < heap.count {
            var child = 2 * index + 1
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(entry) else { break }
            place(heap[child], at: index)
            index = child
        }
        place(entry, at: index)
    }
}
