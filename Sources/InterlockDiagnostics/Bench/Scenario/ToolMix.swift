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
    /// The tools, each once.
    let tools: [String]
    /// For each entry, the place of its tool among those.
    private let places: [Int]
    private let total: Int

    /// Makes a mix. The entries must not be empty.
    public init(_ entries: [Entry]) {
        precondition(!entries.isEmpty, "a mix needs a tool")
        self.entries = entries
        var tools: [String] = []
        places = entries.map { entry in
            if let place = tools.firstIndex(of: entry.tool) { return place }
            tools.append(entry.tool)
            return tools.count - 1
        }
        self.tools = tools
        total = entries.reduce(0) { $0 + $1.weight }
    }

    /// The call with this number: the same for the same seed, whichever thread asks. `place` is that of its tool among ``tools``.
    func call(_ number: Int, seed: UInt64) -> (place: Int, tool: String, arguments: RawJSON) {
        var random = SeededRandom(seed: seed, stream: number &+ 16)
        let entry = draw(&random)
        let place = places[entry]
        return (place, tools[place], entries[entry].arguments.fill(number: number, random: &random))
    }

    /// The place of that call's tool, without its arguments.
    func place(_ number: Int, seed: UInt64) -> Int {
        var random = SeededRandom(seed: seed, stream: number &+ 16)
        return places[draw(&random)]
    }

    private func draw(_ random: inout SeededRandom) -> Int {
        var draw = Int.random(in: 0..<total, using: &random)
        for index in entries.indices {
            draw -= entries[index].weight
            if draw < 0 { return index }
        }
        return 0
    }
}
