import InterlockConcurrency

/// What the calls of a load have brought so far. Pure: each call is recorded once, by its slice of time and its tool, and the rest are sums.
struct LoadTally: Sendable {
    /// A call that has ended, or was given up.
    struct Ended: Sendable {
        /// When it was due, when it really began, and when it ended.
        var intended: MonotonicTime
        var began: MonotonicTime
        var ended: MonotonicTime
        /// The place of its tool among the names.
        var tool: Int
        var outcome: CallOutcome
        /// Why it failed.
        var message: String?
    }

    private let tools: [String]
    private let start: MonotonicTime
    private let sliceNanoseconds: Int64
    private let sliceCount: Int
    /// Slice by slice, and in each tool by tool.
    private var cells: [LoadMeasure]
    /// First messages of failures, by kind.
    private(set) var examples: [String: String] = [:]
    /// When the last successful answer came.
    private(set) var lastAnswer: MonotonicTime
    /// Calls that have ended, and those of them that failed.
    private(set) var ended = 0
    private(set) var failed = 0

    /// Begins to count at `start`.
    init(tools: [String], start: MonotonicTime, duration: Duration) {
        self.tools = tools
        self.start = start
        lastAnswer = start
        let length = max(1, duration.nanosecondsRounded)
        // Enough blocks to draw from, each long enough to hold calls.
        sliceCount = max(1, min(60, Int(length / 100_000_000)))
        sliceNanoseconds = length / Int64(sliceCount) + 1
        cells = Array(repeating: LoadMeasure(), count: sliceCount * tools.count)
    }

    /// Counts one call.
    mutating func record(_ call: Ended) {
        // Plain numbers: each arithmetic with a Duration is one with 128 bits.
        let latency = call.ended.nanoseconds - call.intended.nanoseconds
        let service = call.ended.nanoseconds - call.began.nanoseconds
        let slice = min(max(0, Int((call.intended.nanoseconds - start.nanoseconds) / sliceNanoseconds)), sliceCount - 1)
        cells[slice * tools.count + call.tool].record(call.outcome, latencyNanoseconds: latency, serviceNanoseconds: service)
        ended += 1
        if call.outcome == .ok { lastAnswer = max(lastAnswer, call.ended) } else { failed += 1 }
        if let message = call.message, examples[call.outcome.rawValue] == nil { examples[call.outcome.rawValue] = String(message.prefix(300)) }
    }

    /// How long a slice is, in seconds.
    var sliceSeconds: Double { Double(sliceNanoseconds) / 1e9 }

    /// The slices of time, all tools together.
    var slices: [LoadMeasure] {
        (0..<sliceCount).map { slice in sum(cells[(slice * tools.count)..<((slice + 1) * tools.count)]) }
    }

    /// Everything together.
    var total: LoadMeasure { sum(cells) }

    /// The tools that were called, each over the whole time.
    var byTool: [String: LoadMeasure] {
        var measures: [String: LoadMeasure] = [:]
        for (place, tool) in tools.enumerated() {
            let measure = sum(stride(from: place, to: cells.count, by: tools.count).lazy.map { cells[$0] })
            if measure.calls > 0 { measures[tool] = measure }
        }
        return measures
    }

    private func sum(_ parts: some Sequence<LoadMeasure>) -> LoadMeasure {
        var sum = LoadMeasure()
        for part in parts where part.calls > 0 { sum.merge(part) }
        return sum
    }
}
