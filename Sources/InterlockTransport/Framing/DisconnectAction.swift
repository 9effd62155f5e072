import Synchronization

/// The one action to run when a peer goes away before its stream was ended from this side.
///
/// It is what every ``EventSink`` owes to ``EventSink/onDisconnect(_:)``: run at most once, at once when the peer is
/// gone already, replaced by a later registration, never run after a regular end.
package final class DisconnectAction: Sendable {
    private enum State {
        case none
        case registered(@Sendable () -> Void)
        case gone, ended
    }

    private let state = Mutex(State.none)

    package init() {}

    package func register(_ action: @escaping @Sendable () -> Void) {
        let runsNow = state.withLock { state in
            switch state {
            case .none, .registered:
                state = .registered(action)
                return false
            case .gone: return true
            case .ended: return false
            }
        }
        if runsNow { action() }
    }

    /// The stream was ended from this side: the action is dropped.
    package func end() {
        state.withLock { if case .gone = $0 {} else { $0 = .ended } }
    }

    /// The peer is gone: runs the action, or remembers to run one that comes later.
    package func peerIsGone() {
        let action: (@Sendable () -> Void)? = state.withLock { state in
            switch state {
            case .registered(let action):
                state = .gone
                return action
            case .none:
                state = .gone
                return nil
            case .gone, .ended:
                return nil
            }
        }
        action?()
    }
}
