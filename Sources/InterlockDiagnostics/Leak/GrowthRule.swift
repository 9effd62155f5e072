/// When growth counts: the bounds behind a ``GrowthJudgement``.
public struct GrowthRule: Sendable, Hashable {
    /// The least growth over the whole run that is more than chance.
    public var leastGrowth: Double
    /// The share of the way that warms up and does not count.
    public var warmUp: Double
    /// The least that one thing takes that a cycle keeps; 0 where that says nothing. Growth by less a cycle has to add up to four times ``leastGrowth``: it is
    /// what a runtime's own pools do, over a hundred thousand calls, or what one cycle in many keeps.
    public var leastPiece: Double
    /// The least number of readings after the warm-up.
    public var leastReadings: Int

    public init(leastGrowth: Double, leastPiece: Double = 0, warmUp: Double = 0.2, leastReadings: Int = 16) {
        self.leastGrowth = leastGrowth
        self.leastPiece = leastPiece
        self.warmUp = warmUp
        self.leastReadings = leastReadings
    }

    /// Memory in bytes, against cycles. The smallest block of glibc takes 32 bytes: https://sourceware.org/glibc/wiki/MallocInternals
    public static let memory = GrowthRule(leastGrowth: 256 * 1024, leastPiece: 32)
    /// Memory in bytes, against sessions and connections: more, because what they go through first fills pools for hundreds of cycles.
    public static let sessionMemory = GrowthRule(leastGrowth: 2 * 1024 * 1024)
    /// Descriptors, threads, children, against cycles.
    public static let count = GrowthRule(leastGrowth: 5)
    /// Memory in bytes, against minutes without a call.
    public static let idleMemory = GrowthRule(leastGrowth: 24 * 1024, warmUp: 0.1, leastReadings: 12)
    /// Descriptors, threads, children, against minutes without a call.
    public static let idleCount = GrowthRule(leastGrowth: 3, warmUp: 0.1, leastReadings: 12)

    /// The rule for a quantity in a part of a run; `nil` is the part without calls.
    static func of(_ quantity: LeakReport.Quantity, _ operation: ProbeOperation?) -> GrowthRule {
        switch operation {
        case nil: quantity.isBytes ? .idleMemory : .idleCount
        case .session?, .abandonedSession?, .connection?: quantity.isBytes ? .sessionMemory : .count
        default: quantity.isBytes ? .memory : .count
        }
    }
}
