/// How much a pattern may cost to compile and to hold.
///
/// Matching needs no limit of its own: it takes at most source size times text size steps.
public struct PatternLimits: Sendable, Hashable {
    /// The longest source, in UTF-8 bytes.
    public var maximumSourceLength: Int
    /// How many instructions the compiled program may have. Counted repetition is written out, so `(ab){500}` takes a thousand.
    public var maximumInstructions: Int
    /// How deep groups may nest.
    public var maximumNesting: Int
    /// How many states the precomputed automaton may have; a pattern that needs more runs on the slower simulation, with the
    /// same results. Zero stands for no automaton at all.
    public var maximumAutomatonStates: Int

    /// Limits for patterns from outside: 16 KiB of source, 10,000 instructions, 100 levels, 256 states.
    public static let `default` = PatternLimits()

    /// Makes limits; each one left out keeps its default.
    public init(
        maximumSourceLength: Int = 16_384, maximumInstructions: Int = 10_000, maximumNesting: Int = 100,
        maximumAutomatonStates: Int = 256
    ) {
        self.maximumSourceLength = maximumSourceLength
        self.maximumInstructions = maximumInstructions
        self.maximumNesting = maximumNesting
        self.maximumAutomatonStates = min(maximumAutomatonStates, Int(UInt16.max) - 2)
    }
}
