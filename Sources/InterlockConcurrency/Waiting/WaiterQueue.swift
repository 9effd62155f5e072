/// One line of waiters, first in first out, from which any waiter can step out in O(1).
package struct WaiterQueue<Element> {
    package typealias Ticket = LinkedSlab<Element>.Ticket

    private var slab = LinkedSlab<Element>()
    private var list = LinkedSlab<Element>.List()

    package init() {}

    package var count: Int { list.count }

    package var isEmpty: Bool { list.isEmpty }

    /// The element whose turn is next.
    package var first: Element? { slab.first(of: list).flatMap { slab[$0] } }

    /// The element that came last.
    package var last: Element? { slab.last(of: list).flatMap { slab[$0] } }

    package mutating func append(_ element: Element) -> Ticket { slab.append(element, to: &list) }

    package mutating func popFirst() -> Element? { slab.popFirst(from: &list) }

    package mutating func popLast() -> Element? {
        slab.last(of: list).flatMap { slab.remove($0, from: &list) }
    }

    /// Takes out the element that is smallest in some order, the first of several equal ones. Walks the line.
    package mutating func popMinimum(by precedes: (Element, Element) -> Bool) -> Element? {
        guard var best = slab.first(of: list) else { return nil }
        var place = slab.next(after: best)
        while let ticket = place {
            if let element = slab[ticket], let leader = slab[best], precedes(element, leader) { best = ticket }
            place = slab.next(after: ticket)
        }
        return slab.remove(best, from: &list)
    }

    /// The smallest element in some order, the first of several equal ones. Walks the line.
    package func minimum(by precedes: (Element, Element) -> Bool) -> Element? {
        guard var best = first else { return nil }
        var place = slab.first(of: list)
        while let ticket = place {
            if let element = slab[ticket], precedes(element, best) { best = element }
            place = slab.next(after: ticket)
        }
        return best
    }

    /// Takes one element out, wherever it stands; `nil` when its turn has come or it has left before.
    package mutating func remove(_ ticket: Ticket) -> Element? { slab.remove(ticket, from: &list) }

    package mutating func removeAll() -> [Element] { slab.removeAll(from: &list) }
}

extension WaiterQueue: Sendable where Element: Sendable {}
