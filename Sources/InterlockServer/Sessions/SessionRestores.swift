/// Which sessions are being brought back from a store, and which have ended whose record is still being removed: pure, so that no order of the two lets a
/// session come back that has ended.
struct SessionRestores {
    /// One attempt to bring a session back.
    struct Ticket: Sendable, Hashable {
        let id: String
        fileprivate let number: UInt64
    }

    /// Attempts that may still succeed; at most one for each request in flight.
    private var underway: [String: Set<UInt64>] = [:]
    /// How many removals of a session's record are under way; each ends by itself.
    private var removals: [String: Int] = [:]
    private var nextNumber: UInt64 = 0

    var isEmpty: Bool { underway.isEmpty && removals.isEmpty }

    /// Begins an attempt, before the record is read; `nil` for a session that has ended.
    mutating func begin(_ id: String) -> Ticket? {
        guard removals[id] == nil else { return nil }
        nextNumber += 1
        underway[id, default: []].insert(nextNumber)
        return Ticket(id: id, number: nextNumber)
    }

    /// Whether the session has not ended since the attempt began.
    func isGood(_ ticket: Ticket) -> Bool { underway[ticket.id]?.contains(ticket.number) == true }

    /// The attempt is over, whatever came of it.
    mutating func end(_ ticket: Ticket) {
        underway[ticket.id]?.remove(ticket.number)
        if underway[ticket.id]?.isEmpty == true { underway[ticket.id] = nil }
    }

    /// A session has ended for good: what was read of it before brings it back no more.
    mutating func ended(_ id: String) { underway[id] = nil }

    /// The record of a session that has ended begins to be removed.
    mutating func removalBegins(_ id: String) {
        ended(id)
        removals[id, default: 0] += 1
    }

    /// It was removed, or could not be.
    mutating func removalIsOver(_ id: String) {
        guard let count = removals[id] else { return }
        removals[id] = count > 1 ? count - 1 : nil
    }
}
