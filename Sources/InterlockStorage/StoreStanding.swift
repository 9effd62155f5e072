package import InterlockConcurrency

/// Whether a store does what it should, since when it does not, and why: by what its connections, its breaker and its answers have shown.
///
/// Pure. `wall` is in milliseconds since the Unix epoch.
package struct StoreStanding: Sendable {
    /// How long an answer counts that says the store cannot do a part of its work: that it still does another part shows nothing.
    package static let memory = Duration.seconds(10)

    /// While there is no connection.
    private var connection: StoreOutage?
    /// While the breaker keeps calls away: since when, and whether probes go.
    private var breaker: (since: Int64, isProbing: Bool)?
    /// What it has answered that it cannot do, and until when that counts.
    private var refusal: (outage: StoreOutage, until: MonotonicTime)?
    /// Why calls got no answer of late, which is why a breaker opens.
    private var unanswered: StoreOutage.Reason?

    package init() {}

    /// The last connection is gone, or none could be made.
    package mutating func disconnected(_ reason: StoreOutage.Reason, wall: Int64) {
        connection = StoreOutage(reason, since: connection?.since ?? wall)
    }

    /// There is a connection.
    package mutating func connected() {
        connection = nil
        answered()
    }

    /// Calls are kept away, or only probes let through.
    package mutating func keptAway(isProbing: Bool, wall: Int64) {
        breaker = (breaker?.since ?? wall, isProbing)
    }

    /// Calls are let through.
    package mutating func letThrough() { breaker = nil }

    /// What the breaker in front of the store does with calls, when somebody looks.
    package mutating func breakerIs(_ state: CircuitBreaker.State, wall: Int64) {
        switch state {
        case .open, .forcedOpen: keptAway(isProbing: false, wall: wall)
        case .halfOpen: keptAway(isProbing: true, wall: wall)
        case .closed, .forcedClosed, .disabled: letThrough()
        }
    }

    /// Whether calls were kept away when somebody last looked.
    package var isKeptAway: Bool { breaker != nil }

    /// A call got no answer. By itself no outage: that is for the breaker to say.
    package mutating func wentUnanswered(_ reason: StoreOutage.Reason) { unanswered = reason }

    /// The answer to a call was that the store cannot do it now.
    package mutating func refused(_ reason: StoreOutage.Reason, now: MonotonicTime, wall: Int64) {
        let isOngoing = refusal.map { now < $0.until } ?? false
        refusal = (StoreOutage(reason, since: isOngoing ? refusal?.outage.since ?? wall : wall), now + Self.memory)
    }

    /// A call was answered.
    ///
    /// - Parameter showsAll: it was of the kind that fails first, a write: nothing the store was said to be unable to do is left.
    package mutating func answered(showsAll: Bool = false) {
        unanswered = nil
        if let refusal, showsAll || refusal.outage.reason.concernsEverything { self.refusal = nil }
    }

    /// What is wrong: since the earliest of what is, and for the reason that says most. `nil` while nothing is.
    package func outage(now: MonotonicTime) -> StoreOutage? {
        let refusal = refusal.flatMap { now < $0.until ? $0.outage : nil }
        let breaker = breaker.map { StoreOutage($0.isProbing ? .breakerOpen : unanswered ?? .breakerOpen, since: $0.since) }
        let found = [connection, refusal, breaker].compactMap(\.self)
        guard let first = found.first, let since = found.map(\.since).min() else { return nil }
        return StoreOutage(first.reason, since: since)
    }
}
