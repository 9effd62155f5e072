/// Those who wait for the same thing: first come first served or, where they name keys, one line for each key and the lines in turn.
///
/// Bounded, with a policy for when it is full. Every primitive in which callers wait in one order stands on it. Those
/// without a key share the line ``noKey``, so where nobody names one this is a single line.
package struct WaitingLines<Element> {
    package typealias Key = Int32

    /// The place of one waiter, good until it has left its line.
    package struct Ticket: Sendable, Hashable {
        fileprivate let place: KeyedLines<Element>.Ticket
    }

    /// The line of those who name no key.
    package static var noKey: Key { 0 }

    package private(set) var count = 0
    /// The lines have been full and not been empty since, and their policy serves the newest first meanwhile.
    package private(set) var servesNewestFirst = false
    private var configuration: QueueConfiguration
    private var lines = KeyedLines<Element>()
    private var ring = KeyedLines<Element>.Ring()

    package init(_ configuration: QueueConfiguration) {
        self.configuration = configuration
    }

    package var isEmpty: Bool { count == 0 }

    package var depth: Int { configuration.depth }

    /// Who has the next turn.
    package var next: Element? { lines.next(in: ring, newestFirst: servesNewestFirst) }

    /// Changes how many may wait; who waits already stays.
    package mutating func setDepth(_ depth: Int) {
        configuration.depth = max(0, depth)
    }

    /// Joins the line of a key; `nil` when it is full and its policy refuses the newcomer.
    ///
    /// - Parameter mayExceedDepth: Whether it may also join full lines, of which it makes nobody leave.
    /// - Returns: the place, and who had to leave for it.
    package mutating func join(
        _ element: Element, key: Key = Self.noKey, deadline: MonotonicTime?, mayExceedDepth: Bool = false
    ) -> (ticket: Ticket, evicted: Element?)? {
        var evicted: Element?
        if count >= configuration.depth, !mayExceedDepth {
            evicted = lines.makePlace(for: key, deadline: deadline, in: &ring, holding: count, configuration.whenFull)
            if evicted == nil { return nil }
            count -= 1
            servesNewestFirst = servesNewestFirst || configuration.whenFull == .newestFirstUnderOverload
        }
        count += 1
        return (Ticket(place: lines.append(element, to: key, deadline: deadline, in: &ring)), evicted)
    }

    /// Takes out who has the next turn.
    package mutating func popNext() -> Element? {
        // Asked at every release, nearly always in vain.
        guard count > 0, let element = lines.popNext(from: &ring, newestFirst: servesNewestFirst) else { return nil }
        didRemove(1)
        return element
    }

    /// Takes one out that is served by another order than that of these lines, and leaves the next turn to other keys.
    package mutating func serve(_ ticket: Ticket) -> Element? {
        guard let element = lines.serve(ticket.place, from: &ring) else { return nil }
        didRemove(1)
        return element
    }

    /// Takes one out, wherever it stands; `nil` when its turn has come or it has left before.
    package mutating func remove(_ ticket: Ticket) -> Element? {
        guard let element = lines.remove(ticket.place, from: &ring) else { return nil }
        didRemove(1)
        return element
    }

    /// Takes everybody out: line after line, each first to last.
    package mutating func removeAll() -> [Element] {
        let removed = lines.removeAll(from: &ring)
        didRemove(count)
        return removed
    }

    private mutating func didRemove(_ removed: Int) {
        count -= removed
        if count == 0 { servesNewestFirst = false }
    }
}

extension WaitingLines: Sendable where Element: Sendable {}
