/// What became of those who asked, since the primitive was made. Every request ends in exactly one of the first four.
struct WaitCounters: Sendable, Hashable {
    var granted = 0
    /// Turned away because the queue was full, their place was needed, or the primitive shut down.
    var refused = 0
    var expired = 0
    var cancelled = 0
    /// Of those granted, how many had to wait.
    var waited = 0
    var peakWaiting = 0
    /// How long those who had to wait waited, until they ran.
    var waits = DurationHistogram()
    /// How long permits were held, where that is measured.
    var runs = DurationHistogram()

    mutating func countRefusal(_ code: AcquireError.Code) {
        if code == .cancelled {
            cancelled += 1
        } else if code == .deadlineExceeded {
            expired += 1
        } else {
            refused += 1
        }
    }

    mutating func countGivenUp(_ reason: GiveUpReason) {
        switch reason {
        case .cancelled: cancelled += 1
        case .deadlineExceeded: expired += 1
        case .revoked: refused += 1
        }
    }
}
