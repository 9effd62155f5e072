import InterlockConcurrency

/// What a call of one minute must take to be among the slowest, in one word: it is read and written as a whole, so that most calls need no lock.
struct SlowestCallThreshold: Sendable, Hashable {
    /// Every call may be kept.
    static let none = Self(word: 0)

    /// A mark that there is a threshold, the low bits of the minute's number, and microseconds.
    let word: UInt64

    init(word: UInt64) { self.word = word }

    /// - Parameter duration: of the shortest call that is kept; one of more than an hour counts as that.
    init(minute: Int64, duration: Duration) { word = Self.head(minute) | Self.microseconds(duration) }

    /// Whether a call may have to be kept, which the lock then decides. Never `false` for one that has to.
    func mayWant(_ duration: Duration, at now: MonotonicTime) -> Bool {
        word & ~Self.most != Self.head(SlowestCalls.minute(now)) || Self.microseconds(duration) >= word & Self.most
    }

    private static let most: UInt64 = 1 << 32 - 1

    private static func head(_ minute: Int64) -> UInt64 { 1 << 63 | (UInt64(truncatingIfNeeded: minute) & (1 << 31 - 1)) << 32 }

    /// Rounded down, so that a call of the same duration is not lost.
    private static func microseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return min(most, UInt64(min(seconds, 10_000)) * 1_000_000 + UInt64(attoseconds / 1_000_000_000_000))
    }
}
