import InterlockHistory
import InterlockJSON

/// A condition of an invariant: two sides and a comparison, such as `sum(result.balances.*) == 300` or `result.value == done(increment)`.
///
/// A side is a sum or difference (`+` and `-` between spaces) of:
/// - a number; or, alone, a text in quotation marks, `true`, `false` or `null`;
/// - a place in the answer of the invariant's call: `result`, then names of members, numbers of elements or `*` for each of them, between dots;
/// - `size(…)`, `sum(…)`, `min(…)`, `max(…)` or `distinct(…)` (how many different ones) of the elements of a place;
/// - `done(TOOL)`, `refused(TOOL)` or `failed(TOOL)`: how many calls of the round the tool answered so.
///
/// Comparisons are `==`, `!=`, `<=`, `<`, `>=` and `>`. A call that failed may have taken effect or not, so `done` stands for every number from those that
/// were done to those that may have been, and a condition is broken only when it holds for none of them.
struct RaceCondition: Sendable, CustomStringConvertible {
    enum Comparison: String, Sendable, CaseIterable {
        case equal = "==", unequal = "!=", atMost = "<=", atLeast = ">=", below = "<", above = ">"
    }

    enum Aggregate: String, Sendable, CaseIterable {
        case size, sum, min, max, distinct
    }

    enum Count: String, Sendable, CaseIterable {
        case done, refused, failed
    }

    enum Term: Sendable {
        case fixed(JSONValue)
        case place([String])
        case aggregate(Aggregate, [String])
        case count(Count, tool: String)
    }

    /// Terms with what they are multiplied with, 1 or −1.
    typealias Side = [(sign: Double, term: Term)]

    /// What a side comes to: a number between two bounds, or another value.
    enum Amount: Sendable, Hashable {
        case number(low: Double, high: Double)
        case value(JSONValue)
    }

    struct Sides: Sendable {
        var left: Amount
        var right: Amount
    }

    let description: String
    let left: (text: String, side: Side)
    let comparison: Comparison
    let right: (text: String, side: Side)

    private var terms: [Term] { (left.side + right.side).map(\.term) }

    /// The tools whose answers it counts.
    var tools: Set<String> { Set(terms.compactMap { if case .count(_, let tool) = $0 { tool } else { nil } }) }

    var countsAnswers: Bool { !tools.isEmpty }

    /// Whether it is about the answer of the invariant's call.
    var readsResult: Bool {
        terms.contains { term in
            switch term {
            case .place, .aggregate: true
            case .fixed, .count: false
            }
        }
    }

    /// What must hold of the two sides, and what is wrong with them in words.
    var invariant: Invariant<Sides> {
        Invariant(description) { sides in
            guard !comparison.mayHold(sides.left, sides.right) else { return nil }
            let found = [(left, sides.left), (right, sides.right)].compactMap { side, amount -> String? in
                // What a number or a text "is" need not be said.
                if side.side.allSatisfy({ if case .fixed = $0.term { true } else { false } }) { return nil }
                return "\(side.text) is \(amount)"
            }
            return found.isEmpty ? "it never can" : found.joined(separator: " and ")
        }
    }
}

extension RaceCondition.Comparison {
    /// Whether it holds for one number at least of each side.
    func mayHold(_ left: RaceCondition.Amount, _ right: RaceCondition.Amount) -> Bool {
        switch (left, right) {
        case (.number(let low, let high), .number(let otherLow, let otherHigh)):
            switch self {
            case .equal: Self.isAtMost(low, otherHigh) && Self.isAtMost(otherLow, high)
            case .unequal: !(low == high && otherLow == otherHigh && Self.isEqual(low, otherLow))
            case .atMost: Self.isAtMost(low, otherHigh)
            case .atLeast: Self.isAtMost(otherLow, high)
            case .below: !Self.isAtMost(otherHigh, low)
            case .above: !Self.isAtMost(high, otherLow)
            }
        case (.value(let value), .value(let other)): self == .equal ? value == other : self == .unequal && value != other
        case (.number, .value), (.value, .number): self == .unequal
        }
    }

    /// Whole numbers are compared exactly, others up to what adding fractions in binary loses.
    private static func isEqual(_ one: Double, _ other: Double) -> Bool {
        if one == other { return true }
        if one == one.rounded(), other == other.rounded() { return false }
        return abs(one - other) <= 1e-9 * max(1, abs(one), abs(other))
    }

    private static func isAtMost(_ one: Double, _ other: Double) -> Bool { one <= other || isEqual(one, other) }
}

extension RaceCondition.Amount: CustomStringConvertible {
    var description: String {
        switch self {
        case .number(let low, let high): low == high ? Self.text(low) : "\(Self.text(low)) to \(Self.text(high))"
        case .value(let json): json.description
        }
    }

    private static func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }
}
