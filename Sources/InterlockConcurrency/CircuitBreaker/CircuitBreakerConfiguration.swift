/// When a circuit breaker opens, and how it finds out whether to close again.
public struct CircuitBreakerConfiguration: Sendable, Hashable {
    /// The calls that the rates are taken over.
    public enum Window: Sendable, Hashable {
        /// The last so many calls.
        case calls(Int)
        /// The calls of the last while, forgotten in tenths of it.
        case time(Duration)
    }

    /// The calls that the rates are taken over.
    public var window: Window
    /// Calls in the window below which the breaker does not judge: a first failure is not a rate of 100 %.
    public var minimumCalls: Int
    /// The share of failures, 0 to 1, at which the breaker opens. More than 1 means never.
    public var failureRate: Double
    /// From which duration on a call counts as slow. `nil` means none does.
    public var slowCallDuration: Duration?
    /// The share of slow calls, 0 to 1, at which the breaker opens, whether they failed or not.
    public var slowCallRate: Double
    /// How long the breaker keeps everything away before it lets probes through.
    public var openDuration: Duration
    /// Calls let through at a time, and needed for a judgement, while the breaker is half open.
    public var probes: Int

    /// Makes a configuration; what makes no sense is moved to the nearest value that does.
    public init(
        window: Window = .calls(100), minimumCalls: Int = 20, failureRate: Double = 0.5, slowCallDuration: Duration? = nil,
        slowCallRate: Double = 1, openDuration: Duration = .seconds(30), probes: Int = 5
    ) {
        switch window {
        case .calls(let count): self.window = .calls(min(1_000_000, max(1, count)))
        case .time(let length): self.window = .time(max(.microseconds(1), length))
        }
        self.minimumCalls = max(1, minimumCalls)
        self.failureRate = failureRate
        self.slowCallDuration = slowCallDuration
        self.slowCallRate = slowCallRate
        self.openDuration = max(.zero, openDuration)
        self.probes = max(1, probes)
    }
}
