import Synchronization

/// Whether the client that begins a session has gone before it had its answer: nobody would ever use the session.
final class ClientDeparture: Sendable {
    private enum State {
        case here(onDeparture: (@Sendable () -> Void)?)
        case gone
    }

    private let state = Mutex(State.here(onDeparture: nil))

    var hasGone: Bool { state.withLock { if case .gone = $0 { true } else { false } } }

    /// The connection was lost.
    func goes() {
        let action: (@Sendable () -> Void)? = state.withLock { state in
            defer { state = .gone }
            if case .here(let action) = state { return action }
            return nil
        }
        action?()
    }

    /// Registers what to do then, once; at once if it has gone.
    func onDeparture(_ action: @escaping @Sendable () -> Void) {
        let hasGone = state.withLock { state in
            if case .gone = state { return true }
            state = .here(onDeparture: action)
            return false
        }
        if hasGone { action() }
    }
}
