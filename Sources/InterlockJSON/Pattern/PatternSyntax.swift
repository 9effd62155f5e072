/// The syntax tree of a pattern: what the parser hands to the compiler.
///
/// Capturing, naming and laziness of quantifiers leave no trace: they change what is captured, never whether a text matches.
indirect enum PatternSyntax {
    /// Matches the empty text.
    case empty
    /// One scalar out of a set.
    case scalar(ScalarSet)
    /// One part after the other.
    case sequence([PatternSyntax])
    /// Any one of several parts.
    case alternation([PatternSyntax])
    /// A part between `minimum` and `maximum` times, without end when `maximum` is nil. `offset` is the quantifier's place.
    case repetition(PatternSyntax, minimum: Int, maximum: Int?, offset: Int)
    /// A condition on the place, which takes up no text.
    case assertion(PatternAssertion)

    /// Whether every match has to begin at the start of the text.
    var isAnchoredAtStart: Bool {
        switch self {
        case .assertion(.start): true
        case .sequence(let parts): parts.first?.isAnchoredAtStart ?? false
        case .alternation(let parts): parts.allSatisfy(\.isAnchoredAtStart)
        case .repetition(let part, let minimum, _, _): minimum > 0 && part.isAnchoredAtStart
        case .empty, .scalar, .assertion: false
        }
    }
}

/// A condition on a place between two scalars.
enum PatternAssertion: UInt8, Sendable {
    /// `^`: nothing before.
    case start
    /// `$`: nothing after.
    case end
    /// `\b`: exactly one of the neighbours is a word scalar.
    case wordBoundary
    /// `\B`: both or neither of the neighbours are word scalars.
    case noWordBoundary

    /// Whether the condition holds between two neighbours.
    @inline(__always)
    func holds(before: Neighbour, after: Neighbour) -> Bool {
        switch self {
        case .start: before == .edge
        case .end: after == .edge
        case .wordBoundary: (before == .word) != (after == .word)
        case .noWordBoundary: (before == .word) == (after == .word)
        }
    }

    /// What stands beside a place.
    enum Neighbour: UInt8, Sendable {
        /// The start or the end of the text.
        case edge
        /// One of `[A-Za-z0-9_]`.
        case word
        /// Any other scalar.
        case other
    }
}
