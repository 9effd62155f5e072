import InterlockConcurrency
import InterlockProtocol
import InterlockTransport
import Synchronization

/// The live sessions of this process by id, capped, swept for the idle and the overaged.
final class SessionRegistry: Sendable {
    private struct State {
        var sessions = LiveSessions()
        var nextNumber: UInt64 = 1
        /// The place of the session that is looked at next where none of those drawn can go.
        var hand = 0
        var sweep: ScheduledAction?
        var restores = SessionRestores()
    }

    private let state = Mutex(State())
    let clock: any SchedulingClock
    private let idleTimeout: Duration
    private let lifetime: Duration
    private let random: RandomSource

    init(configuration: ServerConfiguration) {
        clock = configuration.clock
        idleTimeout = configuration.idleTimeout
        lifetime = configuration.connectionTimeout
        random = configuration.random
    }

    var count: Int { state.withLock { $0.sessions.count } }
    var all: [Session] { state.withLock { $0.sessions.all } }

    func nextNumber() -> UInt64 {
        state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
    }

    /// Enters a new session.
    ///
    /// - Parameter sweep: told now and then which sessions have expired, and which are in use.
    func insert(_ session: Session, sweep: @escaping @Sendable (Findings) -> Void) {
        state.withLock { enter(session, sweep, &$0) }
    }

    /// What one sweep finds.
    struct Findings: Sendable {
        var expired: [Session] = []
        /// Something is in flight in them, or somebody listens.
        var inUse: [Session] = []
    }

    // MARK: Bringing back from a store

    /// Before the record of a session is read; `nil` for one that has ended. Give it back to ``endRestoring(_:)``.
    func beginRestoring(_ id: String) -> SessionRestores.Ticket? { state.withLock { $0.restores.begin(id) } }

    func endRestoring(_ ticket: SessionRestores.Ticket) { state.withLock { $0.restores.end(ticket) } }

    /// Enters a session that was brought back; false if another request was quicker, or the session has ended meanwhile.
    func adopt(_ session: Session, _ ticket: SessionRestores.Ticket, sweep: @escaping @Sendable (Findings) -> Void) -> Bool {
        state.withLock { state in
            guard state.sessions[session.id] == nil, state.restores.isGood(ticket) else { return false }
            enter(session, sweep, &state)
            return true
        }
    }

    /// Whether a session may still come back by an attempt under way, or the record of one that has ended is being removed.
    var isRestoring: Bool { state.withLock { !$0.restores.isEmpty } }

    /// The session has ended on another instance; the session here if there is one.
    func endedElsewhere(_ id: String) -> Session? {
        state.withLock { state in
            state.restores.ended(id)
            return state.sessions[id]
        }
    }

    /// The record of a session that has ended begins to be removed: until ``removalIsOver(_:)`` it is not brought back. The session that is here under
    /// the id now, which may have been brought back since the one that ends was found.
    func removalBegins(_ id: String) -> Session? {
        state.withLock { state in
            state.restores.removalBegins(id)
            return state.sessions[id]
        }
    }

    func removalIsOver(_ id: String) { state.withLock { $0.restores.removalIsOver(id) } }

    private func enter(_ session: Session, _ sweep: @escaping @Sendable (Findings) -> Void, _ state: inout State) {
        state.sessions.insert(session)
        if state.sweep == nil { state.sweep = scheduleSweep(sweep) }
    }

    // MARK: Finding

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

    // MARK: Making room

    /// Sessions that are drawn to find one that makes room. The one unused for longest of them is with 99.8 % among the tenth of all that is.
    static let drawnToMakeRoom = 64
    /// How many more are looked at, one after the other, where something goes on in all of those.
    static let furtherToMakeRoom = 1_024

    /// A session that may make room for another: of some that are drawn the one that was used longest ago, never one that something is in flight in or somebody
    /// listens to. Where something goes on in all of them, the next in line that nothing does, if it comes soon; else `nil`, and another time it is looked for
    /// further on. With few sessions all are looked at.
    ///
    /// - Returns: also how many were looked at, which does not grow with their number.
    func candidateToMakeRoom() -> (session: Session?, looked: Int) {
        let drawn = state.withLock { $0.sessions.drawn(Self.drawnToMakeRoom, random) }
        let unused = drawn.filter { !Self.isInUse($0) }.map { (session: $0, lastUsed: $0.with { $0.lastUsed }) }
        if let oldest = unused.min(by: { $0.lastUsed < $1.lastUsed }) { return (oldest.session, drawn.count) }
        let further = state.withLock { state -> [Session] in
            defer { state.hand = (state.hand + Self.furtherToMakeRoom) % max(1, state.sessions.count) }
            return state.sessions.following(state.hand, Self.furtherToMakeRoom)
        }
        let index = further.firstIndex { !Self.isInUse($0) }
        return (index.map { further[$0] }, drawn.count + (index.map { $0 + 1 } ?? further.count))
    }

    /// Takes the session out; false if it is not there, though another of the same id may be.
    func remove(_ session: Session) -> Bool {
        state.withLock { state in
            guard state.sessions[session.id] === session else { return false }
            state.sessions.remove(session.id)
            if state.sessions.isEmpty {
                state.sweep?.cancel()
                state.sweep = nil
            }
            return true
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

    private func scheduleSweep(_ tell: @escaping @Sendable (Findings) -> Void) -> ScheduledAction {
        let interval = max(.milliseconds(100), min(.seconds(30), min(idleTimeout, lifetime) / 4))
        return clock.schedule(after: interval) { [weak self] in self?.sweep(tell) }
    }

    private func sweep(_ tell: @escaping @Sendable (Findings) -> Void) {
        let now = clock.now
        var findings = Findings()
        for session in all {
            if hasExpired(session, now: now) { findings.expired.append(session) } else if Self.isInUse(session) { findings.inUse.append(session) }
        }
        tell(findings)
        state.withLock { state in
            // A session that came meanwhile, when there was none, has begun a sweep of its own.
            state.sweep?.cancel()
            state.sweep = state.sessions.isEmpty ? nil : scheduleSweep(tell)
        }
    }
}
