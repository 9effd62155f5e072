import InterlockConcurrency
import Synchronization

/// A lock that frees itself first and then wakes a waiter, which must take it like anybody else: the mutex without its
/// hand-over. The negative control of the proof that nobody overtakes.
final class FreeFirstLock: Sendable {
    private struct State {
        var isHeld = false
        var waiters: [Waiter<Bool>] = []
    }

    private let state = Mutex(State())

    var waiting: Int { state.withLock { $0.waiters.count } }

    func withLock<R>(_ body: () async throws -> R) async rethrows -> R {
        while !tryLock() {
            let waiter = Waiter<Bool>()
            let mustWait = state.withLock { state in
                if state.isHeld { state.waiters.append(waiter) }
                return state.isHeld
            }
            if mustWait { _ = await waiter.suspend() }
        }
        defer { unlock() }
        return try await body()
    }

    private func tryLock() -> Bool {
        state.withLock { state in
            defer { state.isHeld = true }
            return !state.isHeld
        }
    }

    private func unlock() {
        let next = state.withLock { state in
            state.isHeld = false
            return state.waiters.isEmpty ? nil : state.waiters.removeFirst()
        }
        next?.resolve(true)
    }
}
