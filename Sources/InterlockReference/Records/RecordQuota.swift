import InterlockConcurrency

/// What a client of the record service may do, in one place for both sides.
struct RecordLimits: Sendable, Hashable {
    /// Requests admitted in any stretch of ``window``, wherever it begins (a sliding window).
    var requests = 5
    /// How long an admitted request counts.
    var window = Duration.seconds(1)
    /// Requests that may be unanswered at a time.
    var inFlight = 5
}

/// Admits requests of the record service or tells them when to come back.
struct RecordQuota: Sendable {
    enum Decision: Hashable {
        case admit
        /// Answer 429; another attempt may succeed after this.
        case refuse(retryAfter: Duration)
    }

    let limits: RecordLimits
    /// When the requests that still count were admitted, oldest first; never more than `limits.requests`.
    private var admitted: [MonotonicTime] = []
    private(set) var inFlight = 0
    private(set) var accepted = 0
    private(set) var refused = 0
    private(set) var peakInFlight = 0

    init(limits: RecordLimits) {
        self.limits = limits
    }

    /// A request arrived. Each that is admitted must ``leave()``.
    mutating func arrive(now: MonotonicTime) -> Decision {
        admitted.removeAll { now - $0 >= limits.window }
        if admitted.count >= limits.requests { return refuse(limits.window - (now - admitted[0])) }
        if inFlight >= limits.inFlight { return refuse(limits.window) }
        admitted.append(now)
        inFlight += 1
        accepted += 1
        peakInFlight = max(peakInFlight, inFlight)
        return .admit
    }

    /// An admitted request was answered, or its client is gone.
    mutating func leave() {
        precondition(inFlight > 0, "a request left the record service that was not in it")
        inFlight -= 1
    }

    private mutating func refuse(_ retryAfter: Duration) -> Decision {
        refused += 1
        return .refuse(retryAfter: retryAfter)
    }
}
