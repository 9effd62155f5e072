public import InterlockConcurrency

/// How things on their way out are gathered, tried again and given up.
public struct OutboxConfiguration: Sendable, Hashable {
    /// Things that may wait; when it is full the newest is dropped and counted.
    public var capacity: Int
    /// Things sent together at most.
    public var batchSize: Int
    /// How long the first thing of a batch waits for others.
    public var interval: Duration
    /// Attempts for each batch, the first included; after the last the batch is lost and counted.
    public var attempts: Int
    /// The waits between attempts.
    public var backoff: Backoff
    /// How long one attempt may take before it is cancelled and counts as failed.
    public var timeout: Duration
    /// How long after the beginning of the shutdown things may still be sent.
    public var shutdownGrace: Duration

    /// Makes a configuration. Counts are at least 1.
    public init(
        capacity: Int = 2_048, batchSize: Int = 512, interval: Duration = .seconds(5), attempts: Int = 5,
        backoff: Backoff = Backoff(first: .seconds(1), factor: 2, longest: .seconds(30), jitter: .half), timeout: Duration = .seconds(10),
        shutdownGrace: Duration = .seconds(5)
    ) {
        self.capacity = max(1, capacity)
        self.batchSize = max(1, min(batchSize, self.capacity))
        self.interval = max(.zero, interval)
        self.attempts = max(1, attempts)
        self.backoff = backoff
        self.timeout = timeout
        self.shutdownGrace = max(.zero, shutdownGrace)
    }
}
