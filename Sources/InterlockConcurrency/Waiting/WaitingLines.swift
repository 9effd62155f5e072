/// Those who wait for the same thing: first come first served or, where they name keys, one line for each key and the lines in turn.
///
/// Keys may belong to groups, such as the sessions of a tenant: then the groups have their turns first, and the keys of each
/// among themselves. Bounded, with a policy for when it is full. Every primitive in which callers wait in one order stands on it.
/// Those without a key share the line ``noKey``, and those without a group the group ``noGroup``, so where nobody names one this
/// is a single line.
package struct WaitingLines<Element> {
    package typealias Key = Int32

    /// The place of one waiter, good until it has left its line.
    package struct Ticket: Sendable, Hashable {
        fileprivate let place: KeyedLines<Element>.Ticket
    }

    /// The keys of one group that wait, and the group's place among those that do.
    struct Group {
        var ring = KeyedLines<Element>.Ring()
        var count = 0
        var place: LinkedSlab<Int32>.Ticket?
    }

    /// The line of those who name no key.
    package static var noKey: Key { 0 }
    /// The group of those who name none.
    package static var noGroup: Int32 { 0 }

    package private(set) var count = 0
    /// The lines have been full and not been empty since, and their policy serves the newest first meanwhile.
    package private(set) var servesNewestFirst = false
    private var configuration: QueueConfiguration
    private var lines = KeyedLines<Element>()
    private var groups = [Group()]
    private var places = LinkedSlab<Int32>()
    private var turns = LinkedSlab<Int32>.List()

    package init(_ configuration: QueueConfiguration) {
        self.configuration = configuration
    }

    package var isEmpty: Bool { count == 0 }

    package var depth: Int { configuration.depth }

    /// Keys of which somebody waits.
    package var keyCount: Int { groups.reduce(0) { $0 + $1.ring.count } }

    /// Who waits of a key.
    package func count(of key: Key) -> Int { lines.count(of: key) }

    /// Who has the next turn.
    package var next: Element? { nextGroup.flatMap { lines.next(in: groups[$0].ring, newestFirst: servesNewestFirst) } }

    /// Changes how many may wait; who waits already stays.
    package mutating func setDepth(_ depth: Int) {
        configuration.depth = max(0, depth)
    }

    /// Joins the line of a key; `nil` when it is full and its policy refuses the newcomer.
    ///
    /// - Parameters:
    ///   - group: Whose the key is, as long as somebody waits in its line.
    ///   - mayExceedDepth: Whether it may also join full lines, of which it makes nobody leave.
    /// - Returns: the place, and who had to leave for it.
    package mutating func join(
        _ element: Element, key: Key = Self.noKey, of group: Int32 = Self.noGroup, deadline: MonotonicTime?, mayExceedDepth: Bool = false
    ) -> (ticket: Ticket, evicted: Element?)? {
        while groups.count <= Int(group) { groups.append(Group()) }
        var leaver: KeyedLines<Element>.Ticket?
        if count >= configuration.depth, !mayExceedDepth {
            leaver = self.leaver(for: key, of: Int(group), deadline)
            if leaver == nil { return nil }
            servesNewestFirst = servesNewestFirst || configuration.whenFull == .newestFirstUnderOverload
        }
        let place = lines.append(element, to: key, of: group, deadline: deadline, in: &groups[Int(group)].ring)
        didChange(Int(group), by: 1)
        return (Ticket(place: place), leaver.flatMap { remove(Ticket(place: $0)) })
    }

    /// Whether nobody of its key came after a waiter; `false` when it has left.
    package func isLast(_ ticket: Ticket) -> Bool { lines.isLast(ticket.place) }

    /// Takes out who has the next turn.
    package mutating func popNext() -> Element? {
        // Asked at every release, nearly always in vain.
        guard count > 0, let group = nextGroup, let element = lines.popNext(from: &groups[group].ring, newestFirst: servesNewestFirst)
        else { return nil }
        places.rotate(&turns)
        didRemove(1, group)
        return element
    }

    /// Takes one out that is served by another order than that of these lines, and leaves the next turn to other keys.
    package mutating func serve(_ ticket: Ticket) -> Element? {
        guard let group = lines.owner(of: ticket.place).map(Int.init), let element = lines.serve(ticket.place, from: &groups[group].ring)
        else { return nil }
        if let place = groups[group].place, places.remove(place, from: &turns) != nil { groups[group].place = places.append(Int32(group), to: &turns) }
        didRemove(1, group)
        return element
    }

    /// Takes one out, wherever it stands; `nil` when its turn has come or it has left before.
    package mutating func remove(_ ticket: Ticket) -> Element? {
        guard let group = lines.owner(of: ticket.place).map(Int.init), let element = lines.remove(ticket.place, from: &groups[group].ring)
        else { return nil }
        didRemove(1, group)
        return element
    }

    /// Takes the whole line of a key out, first to last.
    package mutating func removeAll(of key: Key) -> [Element] {
        guard let group = lines.owner(ofLine: key).map(Int.init) else { return [] }
        let removed = lines.removeAll(of: key, from: &groups[group].ring)
        didRemove(removed.count, group)
        return removed
    }

    /// Takes everybody out: group after group, line after line, each first to last.
    package mutating func removeAll() -> [Element] {
        var removed: [Element] = []
        while let group = nextGroup {
            let all = lines.removeAll(from: &groups[group].ring)
            didRemove(all.count, group)
            removed += all
        }
        return removed
    }

    private var nextGroup: Int? { places.first(of: turns).flatMap { places[$0] }.map(Int.init) }

    /// Who leaves for a newcomer; `nil` when nobody does. Between groups it is as between keys, see ``KeyedLines``: their
    /// shares come first, then the newcomer competes with its own group or, if nobody of that waits, with everybody.
    private func leaver(for key: Key, of group: Int, _ deadline: MonotonicTime?) -> KeyedLines<Element>.Ticket? {
        let own = groups[group].count
        if own * turns.count < count, let longest = longestGroup(longerThan: own + 1) {
            return lines.leaverOfLongest(in: groups[longest].ring, configuration.whenFull)
        }
        // Where nobody of its group waits, all groups are of one: whose turn is next has waited longest.
        guard let rival = own > 0 ? group : rival(deadline: deadline) else { return nil }
        return lines.leaver(for: key, deadline: deadline, in: groups[rival].ring, holding: groups[rival].count, configuration.whenFull)
    }

    /// The group with most waiters, of several the one whose turn is next; `nil` when none has more than `fewer`. Walks the groups that wait.
    private func longestGroup(longerThan fewer: Int) -> Int? {
        var longest: (group: Int, count: Int)?
        var cursor = places.first(of: turns)
        while let place = cursor, let group = places[place].map(Int.init) {
            if groups[group].count > longest?.count ?? fewer { longest = (group, groups[group].count) }
            cursor = places.next(after: place)
        }
        return longest?.group
    }

    /// With whom a newcomer competes when every group that waits is of one.
    private func rival(deadline: MonotonicTime?) -> Int? {
        guard configuration.whenFull == .rejectEarliestDeadline else { return nextGroup }
        var soonest: (group: Int, deadline: MonotonicTime)?
        var cursor = places.first(of: turns)
        while let place = cursor, let group = places[place].map(Int.init) {
            if let due = lines.deadlineOfNext(in: groups[group].ring), due < soonest?.deadline ?? deadline ?? .distantFuture { soonest = (group, due) }
            cursor = places.next(after: place)
        }
        return soonest?.group
    }

    private mutating func didRemove(_ removed: Int, _ group: Int) {
        didChange(group, by: -removed)
        if count == 0 { servesNewestFirst = false }
    }

    /// Waiters have come to a group or left it, which has its place among those that wait as long as somebody does.
    private mutating func didChange(_ group: Int, by difference: Int) {
        count += difference
        groups[group].count += difference
        if groups[group].count > 0, groups[group].place == nil {
            groups[group].place = places.append(Int32(group), to: &turns)
        } else if groups[group].count == 0, let place = groups[group].place {
            _ = places.remove(place, from: &turns)
            groups[group].place = nil
        }
    }
}

extension WaitingLines: Sendable where Element: Sendable {}
extension WaitingLines.Group: Sendable where Element: Sendable {}
