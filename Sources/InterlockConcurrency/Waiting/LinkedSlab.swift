/// Doubly linked lists that share one array of slots.
///
/// Appending, taking the first and removing from the middle are O(1) and allocate nothing once the array has grown to
/// the largest number of elements held at a time. A ticket carries the generation of its slot, so a ticket that was
/// used up finds nothing, even when its slot has a new tenant: that is what makes late cancellations harmless.
package struct LinkedSlab<Element> {
    package typealias Ticket = SlabTicket

    /// One list. Its elements are reached only through the slab.
    package struct List: Sendable {
        fileprivate var head: Int32 = -1
        fileprivate var tail: Int32 = -1
        package fileprivate(set) var count = 0

        package init() {}

        package var isEmpty: Bool { count == 0 }
    }

    fileprivate struct Slot {
        var element: Element?
        var previous: Int32 = -1
        var next: Int32 = -1
        var generation: UInt32 = 0
    }

    private var slots: [Slot] = []
    /// Free slots, linked by `next`.
    private var firstFree: Int32 = -1

    package init() {}

    /// The element of a ticket; `nil` when it was taken out.
    package subscript(ticket: Ticket) -> Element? {
        isValid(ticket) ? slots[Int(ticket.index)].element : nil
    }

    /// Changes an element in place. The ticket must be valid.
    package mutating func update<Result>(_ ticket: Ticket, _ change: (inout Element) -> Result) -> Result {
        precondition(isValid(ticket), "the element of this ticket was taken out")
        return change(&slots[Int(ticket.index)].element!)
    }

    /// The ticket of the first element.
    package func first(of list: List) -> Ticket? {
        ticket(at: list.head)
    }

    /// The ticket of the last element.
    package func last(of list: List) -> Ticket? {
        ticket(at: list.tail)
    }

    /// The ticket after this one in its list.
    package func next(after ticket: Ticket) -> Ticket? {
        isValid(ticket) ? self.ticket(at: slots[Int(ticket.index)].next) : nil
    }

    /// Adds an element at the end.
    package mutating func append(_ element: Element, to list: inout List) -> Ticket {
        let index = takeSlot(element)
        slots[Int(index)].previous = list.tail
        slots[Int(index)].next = -1
        if list.tail >= 0 { slots[Int(list.tail)].next = index } else { list.head = index }
        list.tail = index
        list.count += 1
        return Ticket(index: index, generation: slots[Int(index)].generation)
    }

    /// Adds an element behind another of the list, or at the head of it when there is none.
    package mutating func insert(_ element: Element, after place: Ticket?, in list: inout List) -> Ticket {
        let previous = place.map(\.index) ?? -1
        let next = previous >= 0 ? slots[Int(previous)].next : list.head
        let index = takeSlot(element)
        slots[Int(index)].previous = previous
        slots[Int(index)].next = next
        if previous >= 0 { slots[Int(previous)].next = index } else { list.head = index }
        if next >= 0 { slots[Int(next)].previous = index } else { list.tail = index }
        list.count += 1
        return Ticket(index: index, generation: slots[Int(index)].generation)
    }

    /// Takes an element out of the list it is in; `nil` when the ticket is used up.
    package mutating func remove(_ ticket: Ticket, from list: inout List) -> Element? {
        guard isValid(ticket) else { return nil }
        let slot = slots[Int(ticket.index)]
        if slot.previous >= 0 { slots[Int(slot.previous)].next = slot.next } else { list.head = slot.next }
        if slot.next >= 0 { slots[Int(slot.next)].previous = slot.previous } else { list.tail = slot.previous }
        list.count -= 1
        slots[Int(ticket.index)] = Slot(element: nil, previous: -1, next: firstFree, generation: slot.generation &+ 1)
        firstFree = ticket.index
        return slot.element
    }

    /// Takes the first element out.
    package mutating func popFirst(from list: inout List) -> Element? {
        first(of: list).flatMap { remove($0, from: &list) }
    }

    /// Moves the first element to the end; tickets stay valid.
    package mutating func rotate(_ list: inout List) {
        guard list.count > 1 else { return }
        let moved = list.head
        let newHead = slots[Int(moved)].next
        slots[Int(newHead)].previous = -1
        slots[Int(list.tail)].next = moved
        slots[Int(moved)].previous = list.tail
        slots[Int(moved)].next = -1
        list.head = newHead
        list.tail = moved
    }

    /// Takes everything out, first to last.
    package mutating func removeAll(from list: inout List) -> [Element] {
        var removed: [Element] = []
        removed.reserveCapacity(list.count)
        while let element = popFirst(from: &list) { removed.append(element) }
        return removed
    }

    private mutating func takeSlot(_ element: Element) -> Int32 {
        let index: Int32
        if firstFree >= 0 {
            index = firstFree
            firstFree = slots[Int(index)].next
        } else {
            index = Int32(slots.count)
            slots.append(Slot())
        }
        slots[Int(index)].element = element
        return index
    }

    private func isValid(_ ticket: Ticket) -> Bool {
        slots[Int(ticket.index)].generation == ticket.generation && slots[Int(ticket.index)].element != nil
    }

    private func ticket(at index: Int32) -> Ticket? {
        index < 0 ? nil : Ticket(index: index, generation: slots[Int(index)].generation)
    }
}

extension LinkedSlab: Sendable where Element: Sendable {}
extension LinkedSlab.Slot: Sendable where Element: Sendable {}

/// The place of one element in a ``LinkedSlab``, valid until the element is taken out.
package struct SlabTicket: Sendable, Hashable {
    fileprivate let index: Int32
    fileprivate let generation: UInt32
}
