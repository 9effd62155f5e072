import Synchronization

/// Ends one caller's wait from outside, on behalf of whoever gave it a place to wait in.
///
/// For lines before something that several share, each with a bound of its own: who has to leave such a line must not wait on
/// for what is behind it. Good for one wait at a time; what has been granted when it is revoked stays granted.
@usableFromInline
package final class Revocation: Sendable {
    private enum State {
        case idle
        case waiting(@Sendable () -> Void)
        case revoked
    }

    private let state = Mutex(State.idle)

    package init() {}

    /// Whether it was revoked, although what was waited for may have come first.
    package var isRevoked: Bool {
        state.withLock { if case .revoked = $0 { true } else { false } }
    }

    /// Ends the wait, or the next one at once if there is none now. Further calls change nothing.
    package func revoke() {
        let end: (@Sendable () -> Void)? = state.withLock { state in
            defer { state = .revoked }
            if case .waiting(let end) = state { return end }
            return nil
        }
        end?()
    }

    /// A wait begins, which `end` asks to be given up; it is called at most once, and at once if the wait was revoked before.
    func begin(_ end: @escaping @Sendable () -> Void) {
        let isRevoked = state.withLock { state in
            if case .revoked = state { return true }
            state = .waiting(end)
            return false
        }
        if isRevoked { end() }
    }

    /// The wait is over.
    func finish() {
        state.withLock { state in
            if case .waiting = state { state = .idle }
        }
    }
}
