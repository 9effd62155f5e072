public import Synchronization

/// One suspended caller: a cell that is resolved once and awaited once.
///
/// It joins the two halves of waiting. A state machine decides, under its own lock, who gets what; its shell leaves the
/// lock and then calls ``resolve(_:)``. The caller suspends in ``wait(onCancel:)``. Either may come first.
@usableFromInline
package final class Waiter<Outcome: Sendable>: Sendable {
    @usableFromInline
    enum State {
        case idle
        case suspended(UnsafeContinuation<Outcome, Never>)
        case resolved(Outcome)
        case finished
    }

    @usableFromInline let state = Mutex(State.idle)

    @inlinable
    package init() {}

    /// Gives the caller its outcome. Exactly one resolution must be made; a second one traps.
    @inlinable
    package func resolve(_ outcome: Outcome) {
        let continuation: UnsafeContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .idle:
                state = .resolved(outcome)
                return nil
            case .suspended(let continuation):
                state = .finished
                return continuation
            case .resolved, .finished:
                preconditionFailure("a waiter was resolved twice")
            }
        }
        continuation?.resume(returning: outcome)
    }

    /// Suspends until the outcome is there.
    ///
    /// `onCancel` runs when the task is cancelled, at once when it has been. It asks whoever holds the waiter to give it
    /// up; it need not succeed, and the wait ends only by ``resolve(_:)``.
    @inlinable
    package func wait(onCancel: @escaping @Sendable () -> Void) async -> Outcome {
        await withTaskCancellationHandler {
            await suspend()
        } onCancel: {
            onCancel()
        }
    }

    /// Suspends until the outcome is there, whatever happens to the task.
    @inlinable
    package func suspend() async -> Outcome {
        // An unsafe continuation is enough: the states above resume it exactly once, and `resolve` is checked.
        await withUnsafeContinuation { continuation in
            let outcome: Outcome? = state.withLock { state in
                switch state {
                case .idle:
                    state = .suspended(continuation)
                    return nil
                case .resolved(let outcome):
                    state = .finished
                    return outcome
                case .suspended, .finished:
                    preconditionFailure("a waiter was awaited twice")
                }
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }
}
