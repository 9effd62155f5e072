/// Who makes place for a newcomer when a ring has as many waiters as it may.
extension KeyedLines {
    typealias FullPolicy = QueueConfiguration.FullPolicy

    /// Who leaves for a newcomer that is about to join the line of `key`; `nil` when nobody does, and the newcomer is refused.
    ///
    /// It is to leave when the newcomer has joined, so that a key whose only waiter is replaced by its next keeps its turn.
    ///
    /// What is fair between keys comes first: a newcomer whose line has less than an even share of the places gets one of the
    /// longest line's, unless that would merely exchange one key's waiter for another's. Otherwise the newcomer competes with
    /// its own line or, if nobody of its key waits, with everybody: then all lines are short. The policy says who it is.
    ///
    /// - Parameters:
    ///   - deadline: The newcomer's.
    ///   - count: Waiters in the ring.
    func leaver(for key: Key, deadline: MonotonicTime?, in ring: Ring, holding count: Int, _ policy: FullPolicy) -> Ticket? {
        guard count > 0 else { return nil }
        let own = self.count(of: key)
        if own * ring.count < count, let longest = longestLine(in: ring, longerThan: own + 1) { return memberToGo(of: longest, policy) }
        return rivalToGo(own > 0 ? key : nil, deadline: deadline, in: ring, policy)
    }

    /// Who leaves when one of the longest line has to; `nil` when nobody waits in the ring.
    func leaverOfLongest(in ring: Ring, _ policy: FullPolicy) -> Ticket? {
        longestLine(in: ring, longerThan: 0).flatMap { memberToGo(of: $0, policy) }
    }

    /// Who of a line leaves when one of it has to.
    private func memberToGo(of key: Key, _ policy: FullPolicy) -> Ticket? {
        let line = lines[Int(key)].waiters
        switch policy {
        case .rejectNewest: return waiters.last(of: line)
        case .rejectOldest, .newestFirstUnderOverload: return waiters.first(of: line)
        case .rejectEarliestDeadline: return earliest(of: key, before: .distantFuture)?.place ?? waiters.last(of: line)
        }
    }

    /// Who leaves so that the newcomer need not, of the line of its key or else of all; `nil` when that is the newcomer itself.
    func rivalToGo(_ key: Key? = nil, deadline: MonotonicTime?, in ring: Ring, _ policy: FullPolicy) -> Ticket? {
        switch policy {
        case .rejectNewest:
            return nil
        case .rejectOldest, .newestFirstUnderOverload:
            // Of all lines, which are of one then: whose turn is next has waited longest.
            return (key ?? places.first(of: ring.turns).flatMap { places[$0] }).flatMap { waiters.first(of: lines[Int($0)].waiters) }
        case .rejectEarliestDeadline:
            let bound = deadline ?? .distantFuture
            return (key.map { earliest(of: $0, before: bound) } ?? earliest(in: ring, before: bound))?.place
        }
    }

    /// The earliest deadline of a ring; `nil` when nobody in it has one. Walks the ring.
    func earliestDeadline(in ring: Ring) -> MonotonicTime? { earliest(in: ring, before: .distantFuture)?.deadline }

    /// Whose deadline in a ring passes first, if it passes before an instant; the first of several. Walks the ring.
    private func earliest(in ring: Ring, before bound: MonotonicTime) -> (place: Ticket, deadline: MonotonicTime)? {
        var found: (place: Ticket, deadline: MonotonicTime)?
        var cursor = places.first(of: ring.turns)
        while let place = cursor, let key = places[place] {
            found = earliest(of: key, before: found?.deadline ?? bound) ?? found
            cursor = places.next(after: place)
        }
        return found
    }

    /// Whose deadline in a line passes first, if it passes before an instant; the first of several. Walks the line.
    private func earliest(of key: Key, before bound: MonotonicTime) -> (place: Ticket, deadline: MonotonicTime)? {
        var found: (place: Ticket, deadline: MonotonicTime)?
        var cursor = waiters.first(of: lines[Int(key)].waiters)
        while let place = cursor {
            if let deadline = waiters[place]?.deadline, deadline < found?.deadline ?? bound { found = (place, deadline) }
            cursor = waiters.next(after: place)
        }
        return found
    }
}
