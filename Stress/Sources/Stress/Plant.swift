import InterlockConcurrency
import Synchronization

/// A fault put in on purpose: a run that does not notice it proves nothing.
enum Plant: String {
    case none
    /// A counter that all callers add to without a lock, for ThreadSanitizer.
    case racyCounter = "racy-counter"
    /// The body runs without the primitive, for what only one may touch at a time.
    case noLock = "no-lock"
    /// One caller of each round keeps what it was given, for the counts. Wants a primitive with more than one permit.
    case leakedPermit = "leaked-permit"
}

/// A counter without a guard of its own: right where a primitive lets one in at a time and shows each what the one before it wrote, and a race elsewhere.
final class UnguardedCounter: @unchecked Sendable {
    // SAFETY: none, on purpose. What is to be shown is that the primitive around it is enough, or that ThreadSanitizer sees that it is not.
    private(set) var count = 0

    func add() { count += 1 }
}

/// Keeps its callers until ``letGo()``, which is called when the counts have been taken: what they hold is leaked till then.
final class Cellar: Sendable {
    private struct State {
        var isOpen = false
        var kept: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func keep() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.kept.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func letGo() {
        let kept = state.withLock { state in
            state.isOpen = true
            defer { state.kept = [] }
            return state.kept
        }
        for continuation in kept { continuation.resume() }
    }
}
