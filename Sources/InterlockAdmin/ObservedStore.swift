public import InterlockConcurrency

/// A store as an operator sees it: whether it answers, and how fast.
///
/// Adapters, or what wraps them, conform. Asked from any thread once a second, so the answer must be at hand: never ask the
/// store itself.
public protocol ObservedStore: Sendable {
    /// What metrics and people call it: `sessions`, `rate limits`; few different ones, as it becomes a label.
    var observedName: String { get }
    /// How it does now.
    var condition: StoreCondition { get }
}

/// How a store does.
public struct StoreCondition: Sendable, Hashable {
    /// Whether the server works without it at present, or with less than it needs of it.
    public var isDegraded: Bool
    /// What is wrong, in a few words without addresses or credentials.
    public var reason: String?
    /// How long its operations have taken since the start.
    public var latencies: DurationHistogram

    /// Makes a condition.
    public init(isDegraded: Bool, reason: String? = nil, latencies: DurationHistogram = DurationHistogram()) {
        self.isDegraded = isDegraded
        self.reason = reason
        self.latencies = latencies
    }
}
