public import InterlockConcurrency
internal import InterlockJSON
import Synchronization

/// A rate limit store that answers also while the one underneath cannot: by a rule of its own for that case, or by one that comes with the question.
///
/// Only a store that as a whole does not do its work leads there: it gives no answer (``StoreError/Code/unavailable``), has no room
/// (``StoreError/Code/full``), or says what keeps it from working (``StoreError/outage``), such as a file that is read only or damaged. What it
/// decides stands, refusals too. What is wrong with one call or one key is thrown on, and so is the caller's cancellation.
public final class ResilientRateLimitStore: RateLimitStore {
    /// What is answered while the store does not.
    public enum WhenDegraded: Sendable, Hashable {
        /// Nothing is let in; clients are told to come back in a second.
        case deny
        /// Everything is let in.
        case allow
        /// Each instance lets in this share of every limit by itself, above 0 and up to 1, at least a burst of 1: one divided by the number of instances
        /// keeps the sum.
        case local(fraction: Double)

        /// As options and configurations have it: `deny`, `allow`, `local:0.5`; `nil` for anything else.
        public init?(_ text: String) {
            switch text {
            case "deny": self = .deny
            case "allow": self = .allow
            default:
                guard text.hasPrefix("local:"), let fraction = Double(text.dropFirst(6)) else { return nil }
                self = .local(fraction: fraction)
                guard isSensible else { return nil }
            }
        }

        /// Whether a share is one.
        package var isSensible: Bool { if case .local(let fraction) = self { fraction > 0 && fraction <= 1 } else { true } }
    }

    /// How it went so far.
    public struct Snapshot: Sendable, Hashable {
        /// Whether the last question got no answer from the store, and that was in the last ten seconds: without questions nobody knows better.
        public var isDegraded: Bool
        /// Questions that the store answered.
        public var answered: Int
        /// Questions that were answered by the rule instead.
        public var degraded: Int
        /// Among these, how many were refused.
        public var deniedWhileDegraded: Int
    }

    private struct State: Sendable {
        var counts = Snapshot(isDegraded: false, answered: 0, degraded: 0, deniedWhileDegraded: 0)
        var degradedUntil: MonotonicTime?
        var limiters: [Share: RateLimiter<ExactName>] = [:]
    }

    /// A part of limits, which is counted by itself.
    private struct Share: Hashable {
        var limits: [RateLimit]
        var fraction: Double
    }

    /// For how long a question without an answer counts, when none comes after it.
    static let memory = Duration.seconds(10)

    /// Sets of limits kept apart locally; more than a server's tools have. The set that is in the way goes with what it has counted.
    static let maximumLimiters = 256

    private let store: any RateLimitStore
    private let whenDegraded: WhenDegraded
    private let clock: any SchedulingClock
    private let state = Mutex(State())

    public init(_ store: any RateLimitStore, whenDegraded: WhenDegraded, clock: any SchedulingClock = SystemClock.shared) {
        precondition(whenDegraded.isSensible, "ResilientRateLimitStore(whenDegraded: \(whenDegraded)): the fraction must be above 0 and at most 1")
        self.store = store
        self.whenDegraded = whenDegraded
        self.clock = clock
    }

    public func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision {
        try await take(cost, from: key, limits: limits, whenDegraded: whenDegraded)
    }

    /// Takes units by a rule of the question's own for a store that cannot work; every answer counts in the ``snapshot``.
    public func take(_ cost: Int, from key: String, limits: [RateLimit], whenDegraded rule: WhenDegraded) async throws(StoreError) -> RateDecision {
        precondition(rule.isSensible, "ResilientRateLimitStore.take(whenDegraded: \(rule)): the fraction must be above 0 and at most 1")
        do throws(StoreError) {
            let decision = try await store.take(cost, from: key, limits: limits)
            state.withLock { state in
                state.degradedUntil = nil
                state.counts.answered += 1
            }
            return decision
        } catch {
            guard Self.isOutage(error) else { throw error }
            let decision = substitute(cost, key, limits, rule)
            state.withLock { state in
                state.degradedUntil = clock.now + Self.memory
                state.counts.degraded += 1
                if !decision.isAllowed { state.counts.deniedWhileDegraded += 1 }
            }
            return decision
        }
    }

    /// How it went so far.
    public var snapshot: Snapshot {
        let now = clock.now
        return state.withLock { state in
            var counts = state.counts
            counts.isDegraded = state.degradedUntil.map { now < $0 } ?? false
            return counts
        }
    }

    private static func isOutage(_ error: StoreError) -> Bool {
        if error.cause is CancellationError { return false }
        return error.code == .unavailable || error.code == .full || error.outage != nil
    }

    private func substitute(_ cost: Int, _ key: String, _ limits: [RateLimit], _ rule: WhenDegraded) -> RateDecision {
        let burst = limits.map(\.burst).min() ?? 0
        switch rule {
        case .deny: return RateDecision(isAllowed: false, remaining: 0, limit: burst, retryAfter: .seconds(1))
        case .allow: return RateDecision(isAllowed: true, remaining: 0, limit: burst)
        case .local(let fraction):
            let share = Share(limits: limits, fraction: fraction)
            let limiter = state.withLock { state in
                if let limiter = state.limiters[share] { return limiter }
                if state.limiters.count >= Self.maximumLimiters, let any = state.limiters.keys.first { state.limiters[any] = nil }
                let limiter = RateLimiter<ExactName>(limits.map { Self.share($0, fraction) }, name: "local share", clock: clock)
                state.limiters[share] = limiter
                return limiter
            }
            return limiter.take(for: ExactName(text: key), cost: cost)
        }
    }

    /// The same count in a longer time, so that a small share is exact.
    static func share(_ limit: RateLimit, _ fraction: Double) -> RateLimit {
        RateLimit(
            limit.count, per: limit.period / fraction, burst: max(1, Int((Double(limit.burst) * fraction).rounded(.down))), algorithm: limit.algorithm, name: limit.name)
    }
}
