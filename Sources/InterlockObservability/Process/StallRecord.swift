public import InterlockConcurrency
public import InterlockProfiler

/// A stall of the cooperative pool, and what its threads were doing.
public struct StallRecord: Sendable, Hashable {
    /// When a task was ready that no thread took up.
    public var began: MonotonicTime
    /// The same on the wall clock, in milliseconds since the Unix epoch.
    public var wallTime: Int64
    /// How long it lasted, or has lasted so far.
    public var duration: Duration
    /// Whether it is over.
    public var hasEnded = false
    /// Tools whose handlers were running when the stacks were taken.
    public var tools: [String] = []
    /// Where the pool's threads were.
    public var threads: [StackCapture.Thread] = []
    /// Why there are no stacks, where there are none.
    public var unsampled: String?

    /// Makes a record without stacks.
    public init(began: MonotonicTime, wallTime: Int64, duration: Duration) {
        self.began = began
        self.wallTime = wallTime
        self.duration = duration
    }

    /// The innermost function of each thread that has a Swift name, without repeats: most often what blocks.
    public var places: [String] {
        var places: [String] = []
        for thread in threads {
            // Demangled names have parentheses or spaces, names of C have neither.
            guard let place = thread.frames.last(where: { $0.symbol.contains("(") })?.symbol, !places.contains(place) else { continue }
            places.append(place)
        }
        return places
    }
}
