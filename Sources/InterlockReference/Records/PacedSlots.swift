import InterlockConcurrency

/// The client's side of a sliding window: as many slots as the window admits, each resting for a window after its answer.
///
/// Why the service never refuses: it admitted a slot's request before the answer arrived here, and the slot's next
/// request is sent a whole window after that. Of any `slots + 1` requests two used the same slot, so they were
/// admitted more than a window apart, however late the network or the scheduler delivered any of them.
struct PacedSlots: Sendable {
    /// A slot in use.
    struct Slot: Sendable, Hashable {
        let number: Int
        /// When a request may be sent on it.
        let readyAt: MonotonicTime
    }

    private let rest: Duration
    private var free: [Slot]
    private(set) var inUse = 0

    /// - Parameters:
    ///   - slots: requests the window admits.
    ///   - rest: the window.
    init(slots: Int, rest: Duration) {
        precondition(slots > 0, "PacedSlots(slots: \(slots)): there must be at least one")
        self.rest = rest
        free = (0..<slots).map { Slot(number: $0, readyAt: .zero) }
    }

    /// Takes the free slot that is ready first; `nil` when all are in use.
    mutating func take() -> Slot? {
        guard let index = free.indices.min(by: { free[$0].readyAt < free[$1].readyAt }) else { return nil }
        inUse += 1
        return free.remove(at: index)
    }

    /// Puts a slot back whose request was answered, or may have been sent.
    mutating func putBack(_ slot: Slot, usedUntil now: MonotonicTime) {
        inUse -= 1
        free.append(Slot(number: slot.number, readyAt: now + rest))
    }

    /// Puts a slot back on which nothing was sent.
    mutating func putBackUnused(_ slot: Slot) {
        inUse -= 1
        free.append(slot)
    }
}
