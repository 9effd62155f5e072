import InterlockConcurrency
import InterlockStorage
import Synchronization

/// A sound idempotency store behind calls that may be broken.
final class BrokenIdempotencyStore: IdempotencyStore {
    /// What is wrong; the defaults are sound.
    struct Defect: Sendable {
        var key: @Sendable (String) -> String = { $0 }
        var fingerprint: @Sendable (String) -> String = { $0 }
        var answer: @Sendable (IdempotencyClaim) -> IdempotencyClaim = { $0 }
        var keepsLost: @Sendable (Duration) -> Duration = { $0 }
        var keepsResult: @Sendable (Duration) -> Duration = { $0 }
        var finish: @Sendable (any IdempotencyStore, String, UInt64, [UInt8], Duration) async throws(StoreError) -> Bool = {
            (base, key, token, result, time) async throws(StoreError) in try await base.finish(key, token: token, result: result, keepingFor: time)
        }
        var abandons = true
        /// What is said of a claim that is given back, by what the store found.
        var abandoned: @Sendable (Bool) -> Bool = { $0 }
        var abandonsLapsed = true
        /// Whether it knows its own claims again.
        var knowsTokens = true
        /// Whether what has expired still counts against a bound of two.
        var countsForever = false
    }

    private let base: any IdempotencyStore
    private let defect: Defect
    private let granted = Atomic(0)
    /// Of claims that were granted, and of those that were asked for a moment.
    private let seen = Mutex((granted: Set<UInt64>(), brief: Set<UInt64>()))

    private let capacity: Int

    init(_ base: any IdempotencyStore, capacity: Int, _ defect: Defect) { (self.base, self.capacity, self.defect) = (base, capacity, defect) }

    func claim(
        _ key: String, token: UInt64, fingerprint: String, holdingFor: Duration, keepingFor: Duration
    ) async throws(StoreError) -> IdempotencyClaim {
        if holdingFor < .seconds(1) { seen.withLock { _ = $0.brief.insert(token) } }
        let answer = try await base.claim(
            defect.key(key), token: token, fingerprint: defect.fingerprint(fingerprint), holdingFor: holdingFor, keepingFor: defect.keepsLost(keepingFor))
        if answer == .claimed, !defect.knowsTokens, !seen.withLock({ $0.granted.insert(token).inserted }) { return .running }
        if answer == .claimed, defect.countsForever, capacity == 2, granted.add(1, ordering: .relaxed).newValue > capacity { throw StoreError(.full, "too many claims") }
        return defect.answer(answer)
    }

    func finish(_ key: String, token: UInt64, result: [UInt8], keepingFor: Duration) async throws(StoreError) -> Bool {
        try await defect.finish(base, defect.key(key), token, result, defect.keepsResult(keepingFor))
    }

    func abandon(_ key: String, token: UInt64) async throws(StoreError) -> Bool {
        // Those that were asked for a moment have lapsed by the time that they are given back.
        guard defect.abandons, defect.abandonsLapsed || !seen.withLock({ $0.brief.contains(token) }) else { return false }
        return defect.abandoned(try await base.abandon(defect.key(key), token: token))
    }

    private static func broken(_ name: String, _ checks: [String], bounded: Bool = true, isShared: Bool = true, _ defect: Defect) -> Broken<any IdempotencyStore> {
        var broken = Broken<any IdempotencyStore>(name, isShared: isShared) { capacity, clock in
            BrokenIdempotencyStore(InMemoryIdempotencyStore(maximumEntries: bounded ? capacity : .max, clock: clock), capacity: capacity, defect)
        }
        broken.checks = checks
        return broken
    }

    static let all: [Broken<any IdempotencyStore>] = [
        broken("takes a running call for one it can run", [
            "the first claim runs", "one of 50", "a claim is granted again", "keys are compared", "a claim that is given back", "whoever finishes too late", "a full store",
        ],
            .init(answer: { $0 == .running ? .claimed : $0 })),
        broken("shares nothing", ["the first claim runs", "one of 50", "a finished call", "a claim that lapses"], isShared: false, .init()),
        broken("folds arguments", ["the same key with other"], .init(fingerprint: { $0.folded })),
        broken("folds its keys", ["keys are compared"], .init(key: { $0.folded })),
        broken("takes an empty result for none", ["a finished call"], .init(finish: { (base, key, token, result, time) async throws(StoreError) in
            if result.isEmpty { try await base.abandon(key, token: token) } else { return try await base.finish(key, token: token, result: result, keepingFor: time) }
            return true
        })),
        broken("is pleased with every finish of what is finished", ["a result stands"], .init(finish: { (base, key, token, result, time) async throws(StoreError) in
            let isDone = try await base.finish(key, token: token, result: result, keepingFor: time)
            if case .finished = try await base.claim(key, token: token, fingerprint: "f", holdingFor: .seconds(1), keepingFor: .seconds(1)) { return true }
            return isDone
        })),
        broken("never gives a claim back", ["a claim that is given back", "a claim that has lapsed", "a full store"], .init(abandons: false)),
        broken("does not know its own claims again", ["a claim is granted again"], .init(knowsTokens: false)),
        broken("says that it gave back what was not there", ["a result stands", "a claim that is given back", "a claim that has lapsed"], .init(abandoned: { _ in true })),
        broken("keeps what has lapsed", ["a claim that has lapsed"], .init(abandonsLapsed: false)),
        broken("keeps results for good", ["a result is kept", "what has expired"], .init(keepsResult: { _ in .seconds(100_000) })),
        broken("lets a lapsed call run again", ["a claim is granted again", "a claim that lapses", "a claim that has lapsed", "whoever finishes too late"], .init(keepsLost: { _ in .zero })),
        broken("never forgets what is lost", ["a lost claim is forgotten", "whoever finishes too late", "what has expired"], .init(keepsLost: { _ in .seconds(100_000) })),
        broken("is pleased with a finish that comes too late", ["whoever finishes too late"], .init(finish: { (base, key, token, result, time) async throws(StoreError) in
            let isDone = try await base.finish(key, token: token, result: result, keepingFor: time)
            if key == "lapsed", try await base.claim(key, token: token, fingerprint: "f", holdingFor: .seconds(1), keepingFor: .seconds(1)) == .lost { return true }
            return isDone
        })),
        broken("has no bound", ["a full store"], bounded: false, .init()),
        broken("counts what has expired", ["what has expired"], .init(countsForever: true)),
    ]
}
