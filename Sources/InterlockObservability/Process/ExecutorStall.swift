public import InterlockConcurrency

/// A time during which no thread of the cooperative pool took up a task that was ready to run.
public struct ExecutorStall: Sendable, Hashable {
    /// When the task was ready.
    public var began: MonotonicTime
    /// For how long it has waited, or had waited when it ran.
    public var duration: Duration
    /// Whether it has run.
    public var hasEnded: Bool
}
