/// When growth counts: the bounds behind a ``GrowthJudgement``.
public struct GrowthRule: Sendable, Hashable {
    /// The least growth over the whole run that is more than chance.
    public var leastGrowth: Double
    /// The share of the way that warms up and does not count.
    public var warmUp: Double
    /// The least number of readings after the warm-up.
    public var leastReadings: Int

    public init(leastGrowth: Double, warmUp: Double = 0.2, leastReadings: Int = 16) {
        self.leastGrowth = leastGrowth
        self.warmUp = warmUp
        self.leastReadings = leastReadings
    }

    /// Memory in bytes, against cycles.
    public static let memory = GrowthRule(leastGrowth: 256 * 1024)
    /// Memory in bytes, against sessions and connections: more, because what they go through first fills pools for hundreds of cycles.
    public static let sessionMemory = GrowthRule(leastGrowth: 2 * 1024 * 1024)
    /// Descriptors, threads, children, against cycles.
    public static let count = GrowthRule(leastGrowth: 5)
    /// Memory in bytes, against minutes without a call.
    public static let idleMemory = GrowthRule(leastGrowth: 24 * 1024, warmUp: 0.1, leastReadings: 12)
    /// Descriptors, threads, children, against minutes without a call.
    public static let idleCount = GrowthRule(leastGrowth: 3, warmUp: 0.1, leastReadings: 12)
}
