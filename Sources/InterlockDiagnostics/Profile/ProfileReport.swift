public import InterlockProfiler

/// Where a server's time went, by what was asked of it.
public struct ProfileReport: Sendable {
    /// One kind of work, profiled apart from the others.
    public struct Part: Sendable {
        public let operation: ProbeOperation
        public let calls: Int
        public let failures: Int
        /// How long it was called while samples were taken on the processor.
        public let seconds: Double
        /// Samples on the processor, outermost frame first; the first is the thread where that is known.
        public let onProcessor: FoldedStacks
        /// Microseconds off the processor, of threads that came back; empty when it was not measured.
        public let offProcessor: FoldedStacks
        /// What was used to take the samples, such as `perf, frame pointers, 499 Hz`.
        public let method: String

        /// Functions and the hottest path of ``onProcessor``.
        public let hot: HotPaths
        /// Known patterns in ``onProcessor``.
        public let hints: [ProfileHint]

        /// Reads the functions, the hottest path and the known patterns from the stacks, whose names are readable already.
        public init(
            operation: ProbeOperation, calls: Int, failures: Int, seconds: Double, onProcessor: FoldedStacks, offProcessor: FoldedStacks = FoldedStacks(),
            method: String
        ) {
            self.operation = operation
            self.calls = calls
            self.failures = failures
            self.seconds = seconds
            self.onProcessor = onProcessor
            self.offProcessor = offProcessor
            self.method = method
            hot = HotPaths(onProcessor)
            hints = HintRules.hints(onProcessor)
        }
    }

    public var parts: [Part]
    public var runtime: ServerRuntimeKind
    /// What could not be done or seen, and why.
    public var notes: [String]

    public init(parts: [Part], runtime: ServerRuntimeKind, notes: [String]) {
        self.parts = parts
        self.runtime = runtime
        self.notes = notes
    }

    /// All samples, each under its tool.
    public var onProcessor: FoldedStacks { joined(\.onProcessor) }
    /// All waiting in microseconds, each under its tool.
    public var offProcessor: FoldedStacks { joined(\.offProcessor) }
    public var samples: Int { parts.reduce(0) { $0 + $1.onProcessor.total } }

    /// Whether calls were made and every one failed.
    package var hasOnlyFailures: Bool { parts.contains { $0.calls > 0 } && parts.allSatisfy { $0.failures >= $0.calls } }

    private func joined(_ stacks: (Part) -> FoldedStacks) -> FoldedStacks {
        var all = FoldedStacks()
        for part in parts { all.add(stacks(part), under: [StackFrame(symbol: "\(part.operation)")]) }
        return all
    }
}
