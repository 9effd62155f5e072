import InterlockConcurrency

/// The right turnstile: giving a permit and giving up the wait are decided in one place, so exactly one of them happens.
public struct GuardedTurnstile: Turnstile {
    private let limiter: Limiter

    public init(permits: Int) {
        limiter = Limiter(limit: permits)
    }

    public func enter(_ body: @Sendable () async -> Void) async throws {
        try await limiter.withPermit { await body() }
    }
}
