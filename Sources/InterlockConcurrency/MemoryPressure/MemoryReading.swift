/// How short memory is at one moment.
public struct MemoryReading: Sendable, Hashable {
    /// The share of the last ten seconds, 0 to 1, in which some task waited for memory.
    public var stalled: Double
    /// The share in which all tasks did: nothing got on.
    public var fullyStalled: Double
    /// How often use has come up against its limit so far; counts up. `nil` where there is no limit.
    public var limitHits: Int?

    /// Makes a reading; shares outside of 0 to 1 are moved to the nearer end.
    public init(stalled: Double, fullyStalled: Double, limitHits: Int? = nil) {
        self.stalled = min(1, max(0, stalled))
        self.fullyStalled = min(1, max(0, fullyStalled))
        self.limitHits = limitHits
    }
}
