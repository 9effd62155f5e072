/// Looks for a shorter list of choices that still fails: proposes one, is told how it went, proposes the next.
///
/// It cuts the end off, turns stretches into defaults, takes stretches out, and lowers single choices, from coarse to
/// fine, again and again until a whole round has brought nothing. It knows nothing of how a proposal is tried.
package struct ScheduleShrinker: Sendable {
    private enum Pass: Int, CaseIterable {
        case cut, clear, remove, move, lower
    }

    /// The best list known.
    package private(set) var choices: [Int]
    package private(set) var cost: ScheduleCost
    private var pass = Pass.cut
    private var size: Int
    private var position = 0
    private var hasImproved = false
    private var isDone = false

    /// Starts from a list that fails.
    package init(choices: [Int], cost: ScheduleCost) {
        self.choices = Self.trimmed(choices)
        self.cost = cost
        size = max(1, self.choices.count)
    }

    /// The next list to try; `nil` when there is nothing left.
    package mutating func next() -> [Int]? {
        while !isDone {
            guard position < choices.count, size > 0 else {
                advancePass()
                continue
            }
            let start = position
            let end = min(choices.count, start + size)
            position = pass == .remove || pass == .clear ? end : start + 1
            if let proposal = proposal(start, end), proposal != choices { return proposal }
        }
        return nil
    }

    /// The proposal failed as well: this is what it came to.
    package mutating func accept(_ choices: [Int], _ cost: ScheduleCost) {
        let choices = Self.trimmed(choices)
        guard cost < self.cost else { return }
        self.choices = choices
        self.cost = cost
        hasImproved = true
        position = pass == .cut ? 0 : max(0, position - size)
    }

    private func proposal(_ start: Int, _ end: Int) -> [Int]? {
        switch pass {
        case .cut:
            return Self.trimmed(Array(choices[..<start]))
        case .clear:
            guard choices[start..<end].contains(where: { $0 != 0 }) else { return nil }
            var cleared = choices
            for index in start..<end { cleared[index] = 0 }
            return Self.trimmed(cleared)
        case .remove:
            return Self.trimmed(Array(choices[..<start] + choices[end...]))
        case .move:
            guard choices[start] != 0, start + 1 < choices.count, choices[start + 1] == 0 else { return nil }
            var moved = choices
            moved.swapAt(start, start + 1)
            return moved
        case .lower:
            guard choices[start] > 1 else { return nil }
            var lowered = choices
            lowered[start] -= 1
            return lowered
        }
    }

    private mutating func advancePass() {
        position = 0
        if pass == .clear || pass == .remove, size > 1 {
            size /= 2
            return
        }
        if let following = Pass(rawValue: pass.rawValue + 1) {
            pass = following
        } else if hasImproved {
            pass = .cut
            hasImproved = false
        } else {
            isDone = true
        }
        size = pass == .clear || pass == .remove ? max(1, choices.count) : 1
    }

    private static func trimmed(_ choices: [Int]) -> [Int] {
        var choices = choices
        while choices.last == 0 { choices.removeLast() }
        return choices
    }
}
