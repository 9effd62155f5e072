/// How often each stack was seen, outermost frame first.
public struct FoldedStacks: Sendable, Hashable {
    private var counts: [String: Int] = [:]
    /// Samples in all stacks.
    public private(set) var total = 0

    /// No stacks yet.
    public init() {}

    /// Counts a stack.
    public mutating func add(_ frames: [StackFrame], count: Int = 1) {
        guard !frames.isEmpty, count > 0 else { return }
        counts[frames.map { Self.plain($0.symbol) }.joined(separator: ";"), default: 0] += count
        total += count
    }

    /// One stack a line, `a;b;c 12`, sorted by name.
    public var text: String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    }

    /// A name without the characters that mean something in the text.
    private static func plain(_ symbol: String) -> String {
        String(symbol.map { $0 == ";" ? ":" : $0.isNewline ? " " : $0 })
    }
}
