import InterlockConcurrency

/// What is to be forgotten, the earliest first: a binary heap whose owner says which entries still count.
///
/// An entry that was replaced or removed stays until it comes to the top or until ``compact(live:isCurrent:)`` finds that
/// most are of that kind, so the heap never holds more than twice the live ones plus 64.
struct ExpiryQueue<Item> {
    private struct Entry {
        var time: MonotonicTime
        var item: Item
    }

    private var entries: [Entry] = []

    /// Entries kept, with those that no longer count.
    var storedCount: Int { entries.count }

    mutating func insert(_ item: Item, at time: MonotonicTime) {
        entries.append(Entry(time: time, item: item))
        siftUp(from: entries.count - 1)
    }

    /// Takes out the first item that is due, whether it still counts or not.
    mutating func popDue(at now: MonotonicTime) -> Item? {
        guard let first = entries.first, first.time <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown(from: 0)
        }
        return first.item
    }

    /// Drops what no longer counts once it is more than half; a constant per insertion.
    mutating func compact(live: Int, isCurrent: (Item) -> Bool) {
        guard entries.count > 2 * live + 64 else { return }
        entries.removeAll { !isCurrent($0.item) }
        for index in stride(from: entries.count / 2 - 1, through: 0, by: -1) { siftDown(from: index) }
    }

    private mutating func siftUp(from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard entries[index].time < entries[parent].time else { return }
            entries.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(from start: Int) {
        var index = start
        while true {
            let left = 2 * index + 1
            guard left < entries.count else { return }
            let right = left + 1
            let smaller = right < entries.count && entries[right].time < entries[left].time ? right : left
            guard entries[smaller].time < entries[index].time else { return }
            entries.swapAt(index, smaller)
            index = smaller
        }
    }
}
