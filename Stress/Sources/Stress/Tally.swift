import InterlockConcurrency
import Synchronization

/// What became of the callers, as they saw it themselves, and how many were inside.
final class Tally: Sendable {
    private struct State {
        var seen = Balance()
        var inside = 0
        var peak = 0
        var strange: String?
    }

    private let state = Mutex(State())

    func comeIn() {
        state.withLock { state in
            state.inside += 1
            state.peak = max(state.peak, state.inside)
        }
    }

    func goOut() {
        state.withLock { state in
            state.inside -= 1
            state.seen.granted += 1
        }
    }

    func count(_ error: any Error) {
        state.withLock { state in
            switch (error as? AcquireError)?.code {
            case .cancelled?: state.seen.cancelled += 1
            case .deadlineExceeded?: state.seen.expired += 1
            case .queueFull?, .shutDown?, .rateLimited?, .circuitOpen?: state.seen.refused += 1
            default: state.strange = "\(error)"
            }
        }
    }

    /// The outcomes, with those inside as active; the most that were inside; and an error that is none of the primitive's.
    var result: (seen: Balance, peak: Int, strange: String?) {
        state.withLock { state in
            var seen = state.seen
            seen.active = state.inside
            return (seen, state.peak, state.strange)
        }
    }
}
