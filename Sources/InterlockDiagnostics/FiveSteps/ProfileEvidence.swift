public import InterlockProfiler

/// What a sampling profiler saw while the tools were called: added to the profile step where one may run.
public struct ProfileEvidence: Sendable {
    /// A function that samples fell into.
    public struct HotPath: Sendable, Hashable {
        /// The tool that was called meanwhile; `nil` for all of them.
        public var operation: String?
        public var symbol: String
        /// The share of that tool's samples, from 0 to 1.
        public var share: Double

        public init(operation: String? = nil, symbol: String, share: Double) {
            self.operation = operation
            self.symbol = symbol
            self.share = share
        }
    }

    /// How it was sampled, in a few words.
    public var source: String
    /// SVG drawn by this project; it stands in the page as it is, so it must have escaped every name.
    public var flameGraph: String?
    /// The hottest first.
    public var hotPaths: [HotPath]
    /// Known patterns and the tools that were called meanwhile; the largest share first.
    public var hints: [(operation: String, hint: ProfileHint)]

    public init(source: String, flameGraph: String? = nil, hotPaths: [HotPath] = [], hints: [(operation: String, hint: ProfileHint)] = []) {
        self.source = source
        self.flameGraph = flameGraph
        self.hotPaths = hotPaths
        self.hints = hints
    }
}
