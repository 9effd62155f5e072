/// One rule of a rate limiter: how much in how long, how much at once, and how it comes back.
public struct RateLimit: Sendable, Hashable {
    /// How what was used comes back.
    public enum Algorithm: Sendable, Hashable {
        /// Evenly, one unit after another (the generic cell rate algorithm): smooth, and no instant at which everybody retries.
        case gcra
        /// All that a period brings at its end, as many published APIs do; periods count from the key's first use.
        case tokenBucket
    }

    /// What decisions and errors call the rule.
    public var name: String
    /// How what was used comes back.
    public var algorithm: Algorithm
    /// Units that come back in a period.
    public var count: Int
    /// The time in which they come back.
    public var period: Duration
    /// Units that may be used at once by somebody who has used none for long.
    public var burst: Int

    /// Makes a rule.
    ///
    /// Counts below 1 and periods below a nanosecond are raised to these. Evenly spaced units are a whole number of
    /// nanoseconds apart, rounded up, so a rule of `n` per second is exact to one part in 10⁹/n.
    ///
    /// - Parameter burst: `nil` means as many as come back in a period.
    public init(
        _ count: Int, per period: Duration, burst: Int? = nil, algorithm: Algorithm = .gcra, name: String? = nil
    ) {
        self.count = max(1, count)
        self.period = max(.nanoseconds(1), period)
        self.burst = max(1, burst ?? self.count)
        self.algorithm = algorithm
        self.name = name ?? "\(self.count) per \(self.period)"
    }
}
