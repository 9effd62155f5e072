/// That a store does not do what it should: since when, and why.
public struct StoreOutage: Sendable, Hashable {
    /// Why, in kinds few enough for the label of a metric. Says nothing of where the store is, who asks it, or what for.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// No answer within the budget.
        case timeout
        /// Nobody listens where it should be.
        case refused
        /// No connection for another reason, or none yet.
        case unreachable
        /// Calls are kept away from it until probes have come back.
        case breakerOpen = "breaker_open"
        /// It was started a moment ago and reads its data in.
        case loading
        /// It takes no writes.
        case readOnly = "read_only"
        /// It does not let this server in, or does not let it do all it needs.
        case auth
        /// It has no room left.
        case full
        /// Something else; the log says what.
        case other
    }

    public var reason: Reason
    /// When it began, in milliseconds since the Unix epoch.
    public var since: Int64

    public init(_ reason: Reason, since: Int64) {
        self.reason = reason
        self.since = since
    }
}

extension StoreOutage.Reason {
    /// For people: "read only".
    public var words: String { rawValue.replacing("_", with: " ") }

    /// Whether any answer at all shows that it is over. Of the others a part of the work may go on all the while.
    package var concernsEverything: Bool {
        switch self {
        case .timeout, .refused, .unreachable, .breakerOpen, .loading: true
        case .readOnly, .auth, .full, .other: false
        }
    }
}
