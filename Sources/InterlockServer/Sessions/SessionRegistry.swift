import InterlockConcurrency
import InterlockProtocol
import InterlockTransport
import Synchronization

/// The live sessions of this process by id, capped, swept for the idle and the overaged.
final class SessionRegistry: Sendable {
    private struct State {
        var sessions: [String: Session] = [:]
        var nextNumber: UInt64 = 1
        var sweep: ScheduledAction?
    }

    private let state = Mutex(State())
    let clock: any SchedulingClock
    private let idleTimeout: Duration
    private let lifetime: Duration

    init(configuration: ServerConfiguration) {
        clock = configuration.clock
        idleTimeout = configuration.idleTimeout
        lifetime = configuration.connectionTimeout
    }

    var count: Int { state.withLock { $0.sessions.count } }
    var all: [Session] { state.withLock { Array($0.sessions.values) } }

    func nextNumber() -> UInt64 {
        state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
    }

    func insert(_ session: Session, onExpiry: @escaping @Sendable (Session) -> Void) {
        state.withLock { state in
            state.sessions[session.id] = session
            if state.sweep == nil { state.sweep = scheduleSweep(onExpiry) }
        }
    }

    /// Enters a session that was brought back from a store; false if another request has done so meanwhile.
    func adopt(_ session: Session) -> Bool {
        state.withLock { state in
            guard state.sessions[session.id] == nil else { return false }
            state.sessions[session.id] = session
            return true
        }
    }

    /// The session by its id, if it belongs to `principal`: to anybody else it does not exist.
    ///
    /// Where there is none a principal is compared all the same, so that both answers take as long.
    func session(_ id: String, for principal: Principal?) -> Session? {
        let session = state.withLock { $0.sessions[id] }
        let owner = session.map(\.principal) ?? Self.nobody
        return owner == principal ? session : nil
    }

    private static let nobody = Principal(subject: "none", issuer: "none", tenant: "none")

    /// The session by its id, for what another instance of this server says, which has checked whose it is.
    func session(_ id: String) -> Session? {
        state.withLock { $0.sessions[id] }
    }

    /// The session that was used longest ago, of those that nothing is in flight in and nobody listens to.
    var leastRecentlyUsed: Session? {
        all.filter { !Self.isInUse($0) }.min { a, b in a.with { $0.lastUsed } < b.with { $0.lastUsed } }
    }

    /// Takes the session out; `nil` if it was not there.
    func remove(_ id: String) -> Session? {
        state.withLock { state in
            defer {
                if state.sessions.isEmpty {
                    state.sweep?.cancel()
                    state.sweep = nil
                }
            }
            return state.sessions.removeValue(forKey: id)
        }
    }

    /// Whether a session has outlived its idle time or its absolute lifetime at `now`.
    func hasExpired(_ session: Session, now: MonotonicTime) -> Bool {
        if now - session.createdAt >= lifetime { return true }
        return !Self.isInUse(session) && now - session.with { $0.lastUsed } >= idleTimeout
    }

    /// Whether something is in flight in a session, or a stream of it is open.
    private static func isInUse(_ session: Session) -> Bool {
        if session.scope.count > 0 { return true }
        switch session.delivery {
        case .streams(let streams): return streams.isConnected
        case .duplex: return true // its connection's own idle rule applies
        }
    }

    private func scheduleSweep(_ onExpiry: @escaping @Sendable (Session) -> Void) -> ScheduledAction {
        let interval = max(.milliseconds(100), min(.seconds(30), min(idleTimeout, lifetime) / 4))
        return clock.schedule(after: interval) { [weak self] in self?.sweep(onExpiry) }
    }

    private func sweep(_ onExpiry: @escaping @Sendable (Session) -> Void) {
        let now = clock.now
        for session in all where hasExpired(session, now: now) { onExpiry(session) }
        state.withLock { state in
            state.sweep = state.sessions.isEmpty ? nil : scheduleSweep(onExpiry)
        }
    }
}
