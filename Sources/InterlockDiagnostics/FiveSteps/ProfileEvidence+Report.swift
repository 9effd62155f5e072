import InterlockProfiler

extension ProfileEvidence {
    /// What a profile says, for the page of the five steps: its flame graph, and for each tool the functions that samples fell into most, and the
    /// patterns that are known.
    ///
    /// - Parameter functions: how many functions of each tool.
    public init(_ profile: ProfileReport, functions: Int = 5) {
        let methods = profile.parts.reduce(into: [String]()) { if !$0.contains($1.method) { $0.append($1.method) } }
        let source = "\(profile.samples) samples (\(methods.joined(separator: "; ")))"
        // Of a handful of samples the hottest function is chance.
        let paths = profile.parts.filter { $0.onProcessor.total >= 30 }.flatMap { part in
            part.hot.functions.prefix(functions).filter { $0.own > 0 }.map { function in
                HotPath(operation: "\(part.operation)", symbol: function.frame.symbol, share: Double(function.own) / Double(max(1, part.onProcessor.total)))
            }
        }
        let graph = FlameGraph(profile.onProcessor, title: "Where the time went", subtitle: source)
        let hints = profile.parts.flatMap { part in part.hints.map { (operation: "\(part.operation)", hint: $0) } }
        self.init(
            source: source, flameGraph: profile.samples > 0 ? graph.embedded(prefix: "profile") : nil, hotPaths: paths,
            hints: hints.sorted { $0.hint.share > $1.hint.share })
    }
}
