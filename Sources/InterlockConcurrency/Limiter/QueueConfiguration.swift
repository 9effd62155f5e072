/// How many callers may wait, for how long, and who goes when there are too many.
public struct QueueConfiguration: Sendable, Hashable {
    /// Who is refused when the queue is full.
    public enum FullPolicy: Sendable, Hashable {
        /// The one who comes: what waits keeps its place.
        case rejectNewest
        /// The one who has waited longest, since its client has most likely given up; the newcomer joins at the end.
        case rejectOldest
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
