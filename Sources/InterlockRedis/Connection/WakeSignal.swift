internal import InterlockConcurrency
import Synchronization

/// Wakes one who works when there is something to do: something may have come, or it is to end. Signals that come while it is awake are joined into one.
final class WakeSignal: Sendable {
    private struct State: Sendable {
        var isPending = false
        var isCancelled = false
        var waiter: Waiter<Void>?
    }

    private let state = Mutex(State())

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    func wake() { signal { $0.isPending = true } }

    func cancel() { signal { $0.isCancelled = true } }

    /// Suspends until there is a signal that was not taken yet; false when it is to end. For one caller at a time.
    func wait() async -> Bool {
        let waiter = Waiter<Void>()
        let waits = state.withLock { state in
            guard !state.isPending, !state.isCancelled else { return false }
            state.waiter = waiter
            return true
        }
        if waits { await waiter.suspend() }
        return state.withLock { state in
            state.isPending = false
            return !state.isCancelled
        }
    }

    private func signal(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            change(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resolve(())
    }
}
