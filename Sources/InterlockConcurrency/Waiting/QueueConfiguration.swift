/// How many callers may wait, for how long, and who goes when there are too many.
public struct QueueConfiguration: Sendable, Hashable {
    /// Who is refused when the queue is full, and in one case also who is served first from then on.
    ///
    /// Where callers name keys between which a primitive is fair, their shares come first: a key with less than an even share
    /// of the places gets one of the key that has most, whose newest, oldest or first to expire leaves as the policy says.
    /// Otherwise the newcomer competes with those of its own key.
    public enum FullPolicy: Sendable, Hashable {
        /// The one who comes: what waits keeps its place.
        case rejectNewest
        /// The one who has waited longest, since its client has most likely given up; the newcomer joins at the end.
        case rejectOldest
        /// The one whose deadline passes first, the newcomer included, since it is the least likely to be served in time;
        /// what has expired goes first of all. Without deadlines it is the newcomer. Walks the queue, which costs about
        /// 5 ns a place.
        case rejectEarliestDeadline
        /// The one who has waited longest, and from then until the queue has run empty the newest is served first.
        ///
        /// Under overload first come first served makes everybody wait so long that nobody is served in time; serving the
        /// newest first keeps most calls fast and lets the oldest expire. It is not fair meanwhile, on purpose.
        case newestFirstUnderOverload
    }

    /// Callers that may wait at a time. Zero means nobody waits.
    public var depth: Int
    /// The longest wait of any caller; a caller's own deadline counts if it is earlier. `nil` means no limit.
    public var deadline: Duration?
    /// Who is refused when the queue is full.
    public var whenFull: FullPolicy

    /// Makes a configuration. Negative depths count as zero.
    public init(depth: Int = 100, deadline: Duration? = nil, whenFull: FullPolicy = .rejectNewest) {
        self.depth = max(0, depth)
        self.deadline = deadline
        self.whenFull = whenFull
    }
}

extension QueueConfiguration {
    /// The earlier of the queue's deadline, counted from `now`, and the caller's own.
    static func effectiveDeadline(_ own: MonotonicTime?, limit: Duration?, now: MonotonicTime) -> MonotonicTime? {
        guard let limit else { return own }
        let latest = now + limit
        return own.map { min($0, latest) } ?? latest
    }
}
