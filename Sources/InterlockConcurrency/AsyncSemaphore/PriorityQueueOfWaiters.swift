/// Lines of waiters by priority, first in first out in each, from which any waiter can step out.
///
/// Only priorities in use are kept. Finding one is a binary search; everything else is O(1).
package struct PriorityQueueOfWaiters<Element> {
    package struct Ticket: Sendable, Hashable {
        fileprivate let place: LinkedSlab<Element>.Ticket
        fileprivate let priority: QueuePriority
    }

    private struct Line: Sendable {
        let priority: QueuePriority
        var list = LinkedSlab<Element>.List()
    }

    private var slab = LinkedSlab<Element>()
    /// The lines that are not empty, lowest priority first.
    private var lines: [Line] = []
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    package var highest: QueuePriority? { lines.last?.priority }

    package var lowest: QueuePriority? { lines.first?.priority }

    /// The element whose turn is next.
    package var first: Element? { lines.last.flatMap { slab.first(of: $0.list) }.flatMap { slab[$0] } }

    package mutating func append(_ element: Element, priority: QueuePriority) -> Ticket {
        let index = index(of: priority)
        if index == lines.count || lines[index].priority != priority { lines.insert(Line(priority: priority), at: index) }
        count += 1
        return Ticket(place: slab.append(element, to: &lines[index].list), priority: priority)
    }

    package mutating func popFirst() -> Element? {
        guard let line = lines.indices.last, let place = slab.first(of: lines[line].list) else { return nil }
        return remove(place, line: line)
    }

    /// Takes out who came last among the lowest.
    package mutating func popLast() -> Element? {
        guard let line = lines.indices.first, let place = slab.last(of: lines[line].list) else { return nil }
        return remove(place, line: line)
    }

    /// Takes one element out, wherever it stands; `nil` when its turn has come or it has left before.
    package mutating func remove(_ ticket: Ticket) -> Element? {
        let line = index(of: ticket.priority)
        guard line < lines.count, lines[line].priority == ticket.priority else { return nil }
        return remove(ticket.place, line: line)
    }

    /// Takes everything out, in order of turn.
    package mutating func removeAll() -> [Element] {
        var removed: [Element] = []
        removed.reserveCapacity(count)
        while let element = popFirst() { removed.append(element) }
        return removed
    }

    private mutating func remove(_ place: LinkedSlab<Element>.Ticket, line: Int) -> Element? {
        guard let element = slab.remove(place, from: &lines[line].list) else { return nil }
        count -= 1
        if lines[line].list.isEmpty { lines.remove(at: line) }
        return element
    }

    /// The index of the first line that is not lower.
    private func index(of priority: QueuePriority) -> Int {
        var low = 0
        var high = lines.count
        while low < high {
            let middle = (low + high) / 2
            if lines[middle].priority < priority { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension PriorityQueueOfWaiters: Sendable where Element: Sendable {}
