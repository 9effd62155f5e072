import InterlockJSON
import InterlockSimulation

/// Which tools a load calls, how often beside each other, and with which arguments.
public struct ToolMix: Sendable {
    /// One tool of the mix.
    public struct Entry: Sendable {
        public var tool: String
        /// How often it is drawn beside the others.
        public var weight: Int
        public var arguments: ArgumentTemplate

        /// Describes an entry; a weight below 1 counts as 1.
        public init(tool: String, weight: Int = 1, arguments: ArgumentTemplate = .empty) {
            self.tool = tool
            self.weight = max(1, min(1_000_000, weight))
            self.arguments = arguments
        }
    }

    public let entries: [Entry]
    private let total: Int

    /// Makes a mix. The entries must not be empty.
    public init(_ entries: [Entry]) {
        precondition(!entries.isEmpty, "a mix needs a tool")
        self.entries = entries
        total = entries.reduce(0) { $0 + $1.weight }
    }

    /// The call with this number: the same for the same seed, whichever thread asks.
    func call(_ number: Int, seed: UInt64) -> (tool: String, arguments: RawJSON) {
        var random = SeededRandom(seed: seed, stream: number &+ 16)
        var draw = Int.random(in: 0..<total, using: &random)
        let entry = entries.first { entry in
            draw -= entry.weight
            return draw < 0
        } ?? entries[0]
        return (entry.tool, entry.arguments.fill(number: number, random: &random))
    }
}
