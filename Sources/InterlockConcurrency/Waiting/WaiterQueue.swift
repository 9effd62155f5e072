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

    package mutating func append(_ element: Element) -> Ticket { slab.append(element, to: &list) }

    package mutating func popFirst() -> Element? { slab.popFirst(from: &list) }

    /// Takes one element out, wherever it stands; `nil` when its turn has come or it has left before.
    package mutating func remove(_ ticket: Ticket) -> Element? { slab.remove(ticket, from: &list) }

    package mutating func removeAll() -> [Element] { slab.removeAll(from: &list) }
}

extension WaiterQueue: Sendable where Element: Sendable {}
