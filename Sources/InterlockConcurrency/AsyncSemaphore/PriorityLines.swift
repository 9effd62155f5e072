/// Those who wait by priority: higher ones first, and among equals first come first served or, where they name keys, the keys in turn.
///
/// Bounded over all priorities. When it is full, a newcomer takes the place of whoever came last among the lowest; where
/// nobody is lower than it, its equals decide that between them as in ``WaitingLines``. Only priorities in use are kept;
/// finding one is a binary search.
package struct PriorityLines<Element> {
    /// A key of one priority: equal keys of two priorities have two lines.
    struct Name: Hashable, Sendable {
        let priority: QueuePriority
        let key: Int32
    }

    struct Waiting {
        let element: Element
        let name: Name
    }

    /// Those of one priority.
    struct Level: Sendable {
        let priority: QueuePriority
        var ring = KeyedLines<Waiting>.Ring()
        var count = 0
    }

    /// The place of one waiter, good until it has left its line.
    package struct Ticket: Sendable, Hashable {
        fileprivate let place: KeyedLines<Waiting>.Ticket
        fileprivate let priority: QueuePriority
    }

    package private(set) var count = 0
    /// The lines have been full and not been empty since, and their policy serves the newest of a priority first meanwhile.
    package private(set) var servesNewestFirst = false
    private var configuration: QueueConfiguration
    private var lines = KeyedLines<Waiting>()
    /// The numbers of the lines.
    private var names = KeyTable<Name>()
    /// The priorities that somebody waits with, lowest first.
    private var levels: [Level] = []

    package init(_ configuration: QueueConfiguration) {
        self.configuration = configuration
    }

    package var isEmpty: Bool { count == 0 }

    package var depth: Int { configuration.depth }

    package var highest: QueuePriority? { levels.last?.priority }

    /// Who has the next turn.
    package var next: Element? {
        levels.last.flatMap { lines.next(in: $0.ring, newestFirst: servesNewestFirst)?.element }
    }

    /// Changes how many may wait; who waits already stays.
    package mutating func setDepth(_ depth: Int) {
        configuration.depth = max(0, depth)
    }

    /// Joins the line of a key among those of a priority; `nil` when the lines are full and the newcomer is refused.
    ///
    /// - Returns: the place, and who had to leave for it.
    package mutating func join(
        _ element: Element, priority: QueuePriority, key: Int32 = WaitingLines<Element>.noKey, deadline: MonotonicTime?
    ) -> (ticket: Ticket, evicted: Element?)? {
        let name = Name(priority: priority, key: key)
        let line = names.retain(name)
        var leaver: Ticket?
        if count >= configuration.depth {
            leaver = self.leaver(priority: priority, line: line, deadline: deadline)
            guard let leaver else {
                names.release(name)
                return nil
            }
            if leaver.priority == priority, configuration.whenFull == .newestFirstUnderOverload { servesNewestFirst = true }
        }
        let level = index(of: priority)
        if level == levels.count || levels[level].priority != priority { levels.insert(Level(priority: priority), at: level) }
        levels[level].count += 1
        count += 1
        let place = lines.append(Waiting(element: element, name: name), to: line, deadline: deadline, in: &levels[level].ring)
        return (Ticket(place: place, priority: priority), leaver.flatMap { remove($0) })
    }

    /// Takes out who has the next turn.
    package mutating func popNext() -> Element? {
        guard let level = levels.indices.last else { return nil }
        return didRemove(lines.popNext(from: &levels[level].ring, newestFirst: servesNewestFirst), level)
    }

    /// Takes one out, wherever it stands; `nil` when its turn has come or it has left before.
    package mutating func remove(_ ticket: Ticket) -> Element? {
        let level = index(of: ticket.priority)
        guard level < levels.count, levels[level].priority == ticket.priority else { return nil }
        return didRemove(lines.remove(ticket.place, from: &levels[level].ring), level)
    }

    /// Takes everybody out, the highest first.
    package mutating func removeAll() -> [Element] {
        var removed: [Element] = []
        removed.reserveCapacity(count)
        while let element = popNext() { removed.append(element) }
        return removed
    }

    /// Who leaves for a newcomer, when that has joined; `nil` when nobody does.
    private func leaver(priority: QueuePriority, line: Int32, deadline: MonotonicTime?) -> Ticket? {
        guard let lowest = levels.first, lowest.priority <= priority else { return nil }
        let leaver =
            lowest.priority < priority
            ? lines.leaverOfLongest(in: lowest.ring, .rejectNewest)
            : lines.leaver(for: line, deadline: deadline, in: lowest.ring, holding: lowest.count, configuration.whenFull)
        return leaver.map { Ticket(place: $0, priority: lowest.priority) }
    }

    private mutating func didRemove(_ removed: Waiting?, _ level: Int) -> Element? {
        guard let removed else { return nil }
        names.release(removed.name)
        count -= 1
        levels[level].count -= 1
        if levels[level].count == 0 { levels.remove(at: level) }
        if count == 0 { servesNewestFirst = false }
        return removed.element
    }

    /// The index of the first level that is not lower.
    private func index(of priority: QueuePriority) -> Int {
        var low = 0
        var high = levels.count
        while low < high {
            let middle = (low + high) / 2
            if levels[middle].priority < priority { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension PriorityLines: Sendable where Element: Sendable {}
extension PriorityLines.Waiting: Sendable where Element: Sendable {}
