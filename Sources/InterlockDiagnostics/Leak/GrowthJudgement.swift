public import InterlockConcurrency

/// Whether a quantity grows with what was done, and by how much.
public struct GrowthJudgement: Sendable, Hashable {
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// It grew all the way, and nothing says that it will stop.
        case leak
        /// It grew, and stopped: a cache or a pool that has a bound.
        case plateau
        case noLeak = "no leak"
        case notEnoughData = "not enough data"
    }

    public var verdict: Verdict
    /// Growth per cycle (or per minute) and its interval; `nil` where no line could be laid.
    public var slope: TheilSenSlope?
    /// What it grew by after the warm-up, from the first readings to the last.
    public var growth: Double
    /// A growth per cycle smaller than this would not have been seen.
    public var resolution: Double
    /// Why, in words.
    public var reason: String
}
