import InterlockConcurrency
import Synchronization

/// A fault put in on purpose: a run that does not notice it proves nothing.
enum Plant: String {
    case none
    /// A counter that all callers add to without a lock, for ThreadSanitizer.
    case racyCounter = "racy-counter"
    /// One caller of each round keeps what it was given, for the counts. Wants a primitive with more than one permit.
    case leakedPermit = "leaked-permit"
}

/// The racy counter. Nothing guards it: that is what it is for.
final class UnguardedCounter: @unchecked Sendable {
    // Unchecked and wrong, on purpose: only the planted fault touches it.
    private var count = 0

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
