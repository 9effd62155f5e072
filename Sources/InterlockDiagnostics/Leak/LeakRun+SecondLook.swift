/// A second look at what the first could not tell: in its first thousands of calls every process fills what it fills only once.
extension LeakRun {
    /// How long each of so many kinds of work is looked at, and what is kept of the time for a second look: a third, from three kinds on. Fewer have time
    /// enough each.
    func shares(of time: Duration, _ count: Int) -> (each: Duration, reserve: Duration) {
        let reserve = count < 3 ? .zero : time / 3
        return ((time - reserve) / max(1, count), reserve)
    }

    /// Does again what is open, for an equal part of the reserve each, and lets what is seen then stand in its place. A server that is lost meanwhile is told
    /// of by ``Outcome/loss``, and what was seen before stands.
    ///
    /// - Parameter look: appends what it sees of one kind of work.
    func lookAgain(
        for reserve: Duration, _ outcome: inout Outcome, _ look: (_ operation: ProbeOperation, _ share: Duration, _ outcome: inout Outcome) async throws -> Void
    ) async throws {
        let open = outcome.parts.indices.filter { outcome.parts[$0].isOpen }
        guard reserve > .zero, outcome.loss == nil, !open.isEmpty else { return }
        for place in open where outcome.loss == nil {
            guard let operation = outcome.parts[place].operation else { continue }
            let first = outcome.parts.count
            try await look(operation, reserve / open.count, &outcome)
            if outcome.parts.count > first, let again = outcome.parts.popLast(), again.ended == nil { outcome.parts[place] = again }
        }
    }
}

extension LeakReport.Part {
    /// Whether more of the same may tell something else: too little was seen to tell a leak from chance, or a leak so small that filling up looks the same.
    var isOpen: Bool {
        guard operation != nil, ended == nil, foundObjects.isEmpty else { return false }
        switch verdict {
        case .notEnoughData: return true
        case .leak:
            return deciding.allSatisfy { measure in
                measure.judgement.verdict != .leak || measure.judgement.growth < 4 * GrowthRule.of(measure.quantity, operation).leastGrowth
            }
        case .plateau, .noLeak: return false
        }
    }
}
