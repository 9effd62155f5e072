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
    /// Calls in the window below which the breaker does not judge: a first failure is not a rate of 100 %. A window of fewer
    /// calls is judged when it is full.
    public var minimumCalls: Int
    /// The share of failures, 0 to 1, at which the breaker opens. More than 1 means never, 0 or less at the first failure.
    public var failureRate: Double
    /// From which duration on a call counts as slow. `nil` means none does.
    public var slowCallDuration: Duration?
    /// The share of slow calls, 0 to 1, at which the breaker opens, whether they failed or not. More than 1 means never, 0 or
    /// less at the first slow call.
    public var slowCallRate: Double
    /// How long the breaker keeps everything away before it lets probes through.
    public var openDuration: Duration
    /// How many times as long it stays open each time that probes fail, at least 1. The first judgement that closes it starts
    /// anew.
    public var openGrowth: Double
    /// The longest it stays open by growth.
    public var longestOpenDuration: Duration
    /// For how long probes may be out without a judgement; then the breaker opens again, and their results count no more. `nil`
    /// means for ever, which a single call that hangs can use up.
    public var probeDuration: Duration?
    /// Calls let through at a time, and needed for a judgement, while the breaker is half open.
    public var probes: Int

    /// Makes a configuration; what makes no sense is moved to the nearest value that does, and a rate that is no number to 1.
    public init(
        window: Window = .calls(100), minimumCalls: Int = 20, failureRate: Double = 0.5, slowCallDuration: Duration? = nil,
        slowCallRate: Double = 1, openDuration: Duration = .seconds(30), openGrowth: Double = 1,
        longestOpenDuration: Duration = .seconds(600), probes: Int = 5, probeDuration: Duration? = .seconds(60)
    ) {
        switch window {
        case .calls(let count): self.window = .calls(min(1_000_000, max(1, count)))
        case .time(let length): self.window = .time(max(.microseconds(1), length))
        }
        self.minimumCalls = max(1, minimumCalls)
        self.failureRate = failureRate.isNaN ? 1 : max(0, failureRate)
        self.slowCallDuration = slowCallDuration
        self.slowCallRate = slowCallRate.isNaN ? 1 : max(0, slowCallRate)
        self.openDuration = max(.zero, openDuration)
        self.openGrowth = openGrowth.isNaN ? 1 : max(1, openGrowth)
        self.longestOpenDuration = max(self.openDuration, longestOpenDuration)
        self.probes = max(1, probes)
        self.probeDuration = probeDuration.map { max(.milliseconds(1), $0) }
    }

    /// The same with every value one that makes sense, whatever was set after it was made.
    var sensible: CircuitBreakerConfiguration {
        CircuitBreakerConfiguration(
            window: window, minimumCalls: minimumCalls, failureRate: failureRate, slowCallDuration: slowCallDuration,
            slowCallRate: slowCallRate, openDuration: openDuration, openGrowth: openGrowth, longestOpenDuration: longestOpenDuration,
            probes: probes, probeDuration: probeDuration)
    }

    /// Calls in the window from which on the breaker judges: never more than the window can hold.
    var judgedFrom: Int {
        switch window {
        case .calls(let count): min(minimumCalls, count)
        case .time: minimumCalls
        }
    }

    /// How long the breaker stays open the `number`th time in a row, from 1.
    func openDuration(_ number: Int) -> Duration {
        Backoff(first: openDuration, factor: openGrowth, longest: longestOpenDuration, jitter: .none).delay(afterFailures: number, fraction: 0)
    }
}
