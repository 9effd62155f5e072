import InterlockConcurrency
import InterlockSimulation
import InterlockStorage
import Synchronization

/// Results in memory behind a connection that loses answers, and questions too, as a test says.
final class DoubtfulClaims: IdempotencyStore {
    /// What becomes of a claim.
    enum Fate: Sendable {
        case answered
        /// It is made, and nobody hears of it: for the reason given.
        case made(StoreOutage.Reason?)
        /// It is on its way until ``arrive()``, although its asker is told that its time is over.
        case late
    }

    private struct State {
        var fates: [Fate]
        var isAway = false
        var claims = 0
        var late: [@Sendable () async throws -> Void] = []
    }

    /// What was said to those who gave a claim back: whether there was one; `nil` to those who got no answer. For one reader.
    let abandoned: AsyncStream<Bool?>
    private let store: InMemoryIdempotencyStore
    private let givesBack: Bool
    private let state: Mutex<State>
    private let answered: AsyncStream<Bool?>.Continuation

    /// - Parameters:
    ///   - fates: of the first claims; later ones are answered.
    ///   - givesBack: false for a store that keeps every claim.
    init(clock: any SchedulingClock, _ fates: [Fate] = [], givesBack: Bool = true) {
        store = InMemoryIdempotencyStore(clock: clock)
        self.givesBack = givesBack
        state = Mutex(State(fates: fates))
        (abandoned, answered) = AsyncStream.makeStream()
    }

    /// How often a claim was asked for.
    var claims: Int { state.withLock { $0.claims } }

    /// Whether a claim that is given back gets no answer, and does nothing.
    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    /// What was late gets there.
    func arrive() async throws {
        let late = state.withLock { state in
            defer { state.late = [] }
            return state.late
        }
        for claim in late { try await claim() }
    }

    func claim(_ key: String, token: UInt64, fingerprint: String, holdingFor: Duration, keepingFor: Duration) async throws(StoreError) -> IdempotencyClaim {
        let fate = state.withLock { state in
            state.claims += 1
            return state.fates.isEmpty ? .answered : state.fates.removeFirst()
        }
        switch fate {
        case .answered:
            return try await store.claim(key, token: token, fingerprint: fingerprint, holdingFor: holdingFor, keepingFor: keepingFor)
        case .made(let reason):
            _ = try await store.claim(key, token: token, fingerprint: fingerprint, holdingFor: holdingFor, keepingFor: keepingFor)
            throw StoreError(.unavailable, "the answer was lost", outage: reason)
        case .late:
            state.withLock { [store] state in
                state.late.append { _ = try await store.claim(key, token: token, fingerprint: fingerprint, holdingFor: holdingFor, keepingFor: keepingFor) }
            }
            throw StoreError(.unavailable, "no answer in time", outage: .timeout)
        }
    }

    func finish(_ key: String, token: UInt64, result: [UInt8], keepingFor: Duration) async throws(StoreError) -> Bool {
        try await store.finish(key, token: token, result: result, keepingFor: keepingFor)
    }

    func abandon(_ key: String, token: UInt64) async throws(StoreError) -> Bool {
        guard givesBack else { return true }
        if state.withLock({ $0.isAway }) {
            answered.yield(nil)
            throw StoreError(.unavailable, "no answer")
        }
        let isGone = try await store.abandon(key, token: token)
        answered.yield(isGone)
        return isGone
    }
}
