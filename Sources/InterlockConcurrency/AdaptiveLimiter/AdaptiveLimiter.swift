/// A ``Limiter`` that finds its limit by itself, from how long calls take: more while they stay as fast, fewer when they
/// begin to queue up at the callee.
///
/// For a callee whose capacity nobody knows or that changes. Where it is known, a ``Limiter`` is steadier. Queueing,
/// fairness and cancellation are the limiter's.
public final class AdaptiveLimiter: Sendable {
    private let limiter: Limiter
    private let gradient: GradientLimit
    private let isOverload: @Sendable (any Error) -> Bool
    private let clock: any SchedulingClock

    /// Makes a limiter with all permits free.
    ///
    /// - Parameters:
    ///   - initial: The limit to begin with.
    ///   - minimum: The least limit, at least 1.
    ///   - maximum: The greatest limit, at most a billion.
    ///   - tolerance: How many times as long as on average a call may take without the limit shrinking, at least 1.
    ///   - queue: How many may wait, for how long, and who goes when there are too many.
    ///   - name: What errors call it.
    ///   - clock: Measures calls, and decides when deadlines pass.
    ///   - isOverload: Whether an error says that the callee has too much to do: the limit shrinks by a tenth. Other errors
    ///     say nothing, since a quick failure is no sign of speed.
    public init(
        initial: Int = 20, minimum: Int = 1, maximum: Int = 200, tolerance: Double = 1.5, queue: QueueConfiguration = .init(),
        name: String = "adaptive limiter", clock: any SchedulingClock = SystemClock.shared,
        isOverload: @escaping @Sendable (any Error) -> Bool = { _ in false }
    ) {
        let gradient = Gradient(initial: initial, minimum: minimum, maximum: maximum, tolerance: tolerance)
        limiter = Limiter(limit: Int(gradient.limit), queue: queue, name: name, measuresRuns: true, clock: clock)
        self.gradient = GradientLimit(gradient)
        self.isOverload = isOverload
        self.clock = clock
    }

    /// Runs `body` while holding a permit, and learns from how long it takes. See ``Limiter/withPermit(weight:deadline:_:)``.
    ///
    /// - Throws: ``AcquireError`` when no permit was acquired, and what `body` throws.
    public nonisolated(nonsending) func withPermit<R>(
        deadline: MonotonicTime? = nil, _ body: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        try await limiter.withPermit(deadline: deadline) {
            let start = clock.now
            do {
                let result = try await body()
                let took = clock.now - start
                let active = limiter.active
                adopt { $0.record(took, active: active) }
                return result
            } catch {
                if isOverload(error) { adopt { $0.recordOverload() } }
                throw error
            }
        }
    }

    /// Changes the bounds at once; a limit outside of them moves to the nearer one. See ``Limiter/setLimit(_:)``.
    ///
    /// - Parameters:
    ///   - minimum: The least limit, at least 1.
    ///   - maximum: The greatest limit, at most a billion.
    public func setBounds(minimum: Int, maximum: Int) {
        adopt { $0.setBounds(minimum: minimum, maximum: maximum) }
    }

    /// Changes how many may wait, at once. See ``Limiter/setQueueDepth(_:)``.
    public func setQueueDepth(_ depth: Int) {
        limiter.setQueueDepth(depth)
    }

    /// Refuses newcomers from now on, and waits until the queue is empty and every permit is back. See ``Limiter/drain(deadline:)``.
    @discardableResult
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        await limiter.drain(deadline: deadline)
    }

    /// Refuses newcomers from now on, and all who wait. See ``Limiter/shutDown()``.
    public func shutDown() {
        limiter.shutDown()
    }

    /// The state and the counters now; `limit` is what it has found.
    public var snapshot: LimiterSnapshot { limiter.snapshot }

    private func adopt(_ change: (inout Gradient) -> Int) {
        gradient.change(change) { limiter.setLimit($0) }
    }
}
