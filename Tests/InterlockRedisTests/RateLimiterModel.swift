import InterlockConcurrency
import InterlockSimulation

/// What a rate limiter in one process decides at given times: what the script has to decide as well.
struct RateLimiterModel {
    private let clock = ManualClock()
    private let limiter: RateLimiter<Int>

    init(_ limits: [RateLimit]) {
        limiter = RateLimiter(limits, clock: clock)
    }

    func take(at nanoseconds: Int64) -> RateDecision {
        limiter.take(for: 0, cost: 1, now: MonotonicTime(nanoseconds: nanoseconds))
    }
}
