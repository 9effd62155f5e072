/// Waiters in lines, one line per key, and the keys that wait in rings: what everything shares in which callers wait.
///
/// A ring belongs to whoever shares something fairly between its keys. All lines and all rings live in shared slabs, so
/// nothing is allocated once these have grown to the most waiters and keys at a time. Keys are numbers of a ``KeyTable``.
struct KeyedLines<W> {
    typealias Key = Int32

    struct Waiting {
        let waiter: W
        let key: Key
        /// Whose ring the key's line is in.
        let owner: Int32
        let deadline: MonotonicTime?
    }

    /// The line of one key; in a ring while somebody stands in it.
    struct Line {
        var waiters = LinkedSlab<Waiting>.List()
        /// Its place among those that have their turns.
        var place: LinkedSlab<Key>.Ticket?
        /// Its place among those that are as long.
        var rank: LinkedSlab<Key>.Ticket?
    }

    typealias Ticket = LinkedSlab<Waiting>.Ticket

    private(set) var waiters = LinkedSlab<Waiting>()
    private(set) var lines: [Line] = []
    private(set) var places = LinkedSlab<Key>()
    private var ranks = LinkedSlab<Key>()

    /// Who stands in the line of a key.
    func count(of key: Key) -> Int {
        Int(key) < lines.count ? lines[Int(key)].waiters.count : 0
    }

    /// Whose ring the line of a waiter is in; `nil` when it has left.
    func owner(of ticket: Ticket) -> Int32? { waiters[ticket]?.owner }

    /// Whose ring the line of a key is in; `nil` when nobody stands in it.
    func owner(ofLine key: Key) -> Int32? {
        Int(key) < lines.count ? waiters.first(of: lines[Int(key)].waiters).flatMap { waiters[$0]?.owner } : nil
    }

    /// The deadline of who has the next turn, if it has one.
    func deadlineOfNext(in ring: Ring) -> MonotonicTime? {
        nextPlace(in: ring, newestFirst: false).flatMap { waiters[$0]?.deadline }
    }

    /// Who has the next turn: of the line at the head of the ring the first, or the last.
    func next(in ring: Ring, newestFirst: Bool = false) -> W? {
        nextPlace(in: ring, newestFirst: newestFirst).flatMap { waiters[$0]?.waiter }
    }

    /// Adds a waiter at the end of its key's line; a line that begins joins the end of the ring. A key has one owner while somebody waits in its line.
    mutating func append(
        _ waiter: W, to key: Key, of owner: Int32 = 0, deadline: MonotonicTime? = nil, in ring: inout Ring
    ) -> Ticket {
        let index = Int(key)
        while lines.count <= index { lines.append(Line()) }
        precondition(self.owner(ofLine: key) ?? owner == owner, "a key waits in two groups at a time")
        if lines[index].place == nil { lines[index].place = places.append(key, to: &ring.turns) }
        let ticket = waiters.append(Waiting(waiter: waiter, key: key, owner: owner, deadline: deadline), to: &lines[index].waiters)
        didChange(key, from: lines[index].waiters.count - 1, in: &ring)
        return ticket
    }

    /// Takes out who has the next turn; its line then goes to the end of the ring.
    mutating func popNext(from ring: inout Ring, newestFirst: Bool = false) -> W? {
        guard let place = nextPlace(in: ring, newestFirst: newestFirst) else { return nil }
        places.rotate(&ring.turns)
        return remove(place, from: &ring)
    }

    /// Takes a waiter out of its line; `nil` when it has left before.
    mutating func remove(_ ticket: Ticket, from ring: inout Ring) -> W? {
        guard let key = waiters[ticket]?.key else { return nil }
        let former = count(of: key)
        let removed = waiters.remove(ticket, from: &lines[Int(key)].waiters)
        didChange(key, from: former, in: &ring)
        return removed?.waiter
    }

    /// Takes a waiter out that is served, whoever had the next turn; its line then goes to the end of the ring.
    mutating func serve(_ ticket: Ticket, from ring: inout Ring) -> W? {
        guard let key = waiters[ticket]?.key else { return nil }
        if let place = lines[Int(key)].place, places.remove(place, from: &ring.turns) != nil {
            lines[Int(key)].place = places.append(key, to: &ring.turns)
        }
        return remove(ticket, from: &ring)
    }

    /// Takes the whole line of a key out, first to last.
    mutating func removeAll(of key: Key, from ring: inout Ring) -> [W] {
        let former = count(of: key)
        guard former > 0 else { return [] }
        let removed = waiters.removeAll(from: &lines[Int(key)].waiters).map(\.waiter)
        didChange(key, from: former, in: &ring)
        return removed
    }

    /// Takes everybody of a ring out, line after line.
    mutating func removeAll(from ring: inout Ring) -> [W] {
        var removed: [W] = []
        while let key = places.first(of: ring.turns).flatMap({ places[$0] }) { removed += removeAll(of: key, from: &ring) }
        return removed
    }

    /// Whether nobody of its key came after a waiter; `false` when it has left.
    func isLast(_ ticket: Ticket) -> Bool { waiters[ticket] != nil && waiters.next(after: ticket) == nil }

    /// The key with the longest line, of several the one that has been so long for longest; `nil` when no line is longer than `shorter`.
    func longestLine(in ring: Ring, longerThan shorter: Int) -> Key? {
        guard ring.longest > shorter, ring.longest > 0 else { return nil }
        return ranks.first(of: ring.byLength[ring.longest - 1]).flatMap { ranks[$0] }
    }

    private func nextPlace(in ring: Ring, newestFirst: Bool) -> Ticket? {
        guard let key = places.first(of: ring.turns).flatMap({ places[$0] }) else { return nil }
        let line = lines[Int(key)].waiters
        return newestFirst ? waiters.last(of: line) : waiters.first(of: line)
    }

    /// The line of a key has grown by one, or lost one or all: it leaves the lines of its former length and, when nobody is left in it, the turns.
    private mutating func didChange(_ key: Key, from former: Int, in ring: inout Ring) {
        let (index, length) = (Int(key), count(of: key))
        if former > 0, let rank = lines[index].rank { _ = ranks.remove(rank, from: &ring.byLength[former - 1]) }
        lines[index].rank = nil
        if length > 0 {
            while ring.byLength.count < length { ring.byLength.append(.init()) }
            lines[index].rank = ranks.append(key, to: &ring.byLength[length - 1])
            ring.longest = max(ring.longest, length)
        } else if let place = lines[index].place {
            _ = places.remove(place, from: &ring.turns)
            lines[index].place = nil
        }
        // As many steps down, over all time, as there were up, or waiters taken out.
        while ring.longest > 0, ring.byLength[ring.longest - 1].isEmpty { ring.longest -= 1 }
    }
}

extension KeyedLines: Sendable where W: Sendable {}
extension KeyedLines.Waiting: Sendable where W: Sendable {}
extension KeyedLines.Line: Sendable where W: Sendable {}
