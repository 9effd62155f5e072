public import InterlockConcurrency

/// Where an alert stands.
public enum AlertPhase: Sendable, Hashable {
    /// All is well.
    case inactive
    /// The conditions hold, not yet for long enough.
    case pending(since: MonotonicTime)
    /// They have held for long enough, and are not over.
    case firing(since: MonotonicTime)
    /// It was firing a short while ago.
    case resolved(since: MonotonicTime)
}
