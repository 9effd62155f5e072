import InterlockConcurrency
import Synchronization

/// The states that have been used, until they expire: each is good for one retry.
///
/// Bounded; when it is full the entries closest to their expiry go first.
final class UsedNonces: Sendable {
    private struct State {
        var expiries: [String: Int64] = [:]
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int = 100_000) {
        self.capacity = capacity
    }

    /// False if the nonce has been used before. `now` and `expiresAt` in milliseconds since the Unix epoch.
    func use(_ nonce: String, expiresAt: Int64, now: Int64) -> Bool {
        state.withLock { state in
            guard state.expiries[nonce] == nil else { return false }
            if state.expiries.count >= capacity { makeRoom(&state, now: now) }
            state.expiries[nonce] = expiresAt
            return true
        }
    }

    private func makeRoom(_ state: inout State, now: Int64) {
        state.expiries = state.expiries.filter { $0.value > now }
        guard state.expiries.count >= capacity else { return }
        let kept = state.expiries.sorted { $0.value > $1.value }.prefix(capacity * 3 / 4)
        state.expiries = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
}
