internal import InterlockConcurrency
internal import InterlockTransport
internal import NIOCore
import Synchronization

/// Keep-alive connections to one server.
final class ConnectionPool: Sendable {
    typealias Use = PoolStateMachine<HTTPConnection, Ticket>.Use

    /// Somebody who wants a connection: gets it, or the reason why not, once.
    final class Ticket: Sendable {
        let use: Use
        let deliver: @Sendable (Result<Lease, TransportError>) -> Void
        fileprivate let place = Mutex<UInt64?>(nil)

        init(_ use: Use, _ deliver: @escaping @Sendable (Result<Lease, TransportError>) -> Void) {
            self.use = use
            self.deliver = deliver
        }
    }

    /// A connection in use.
    struct Lease: Sendable {
        let connection: HTTPConnection
        /// Whether it has served before, so that the server may have given it up at this very moment.
        let isReused: Bool
        let use: Use
    }

    private struct State: Sendable {
        var machine: PoolStateMachine<HTTPConnection, Ticket>
        var sweep: ScheduledAction?
        var open: [ObjectIdentifier: HTTPConnection] = [:]
        var connecting = 0
        var closed: [Waiter<Void>] = []
    }

    private let server: ServerURL
    private let configuration: HTTPClientConfiguration
    private let clock: any SchedulingClock
    private let connector: any Connector
    private let state: Mutex<State>

    init(server: ServerURL, configuration: HTTPClientConfiguration, clock: any SchedulingClock, connector: any Connector) {
        self.server = server
        self.configuration = configuration
        self.clock = clock
        self.connector = connector
        self.state = Mutex(State(machine: PoolStateMachine(
            maximumConnections: configuration.maximumConnections, maximumWaiting: configuration.maximumQueuedRequests
        )))
    }

    /// Open connections and those being made; requests that wait for one.
    var counts: (open: Int, waiting: Int) {
        state.withLock { ($0.open.count + $0.connecting, $0.machine.waitingCount) }
    }

    /// Asks for a connection; the ticket is served now or later, from any thread.
    func lease(_ ticket: Ticket) {
        let now = clock.now
        let lease = state.withLock { state in
            let lease = state.machine.lease(ticket.use, ticket, now: now)
            if case .wait(let place) = lease { ticket.place.withLock { $0 = place } }
            return lease
        }
        switch lease {
        case .use(let connection): ticket.deliver(.success(Lease(connection: connection, isReused: true, use: ticket.use)))
        case .connect: connect(for: ticket)
        case .wait: break
        case .refused(let error): ticket.deliver(.failure(error))
        }
    }

    /// Takes a ticket back that waits in line. It is not served when this returns `true`.
    func cancel(_ ticket: Ticket) -> Bool {
        guard let place = ticket.place.withLock({ $0 }) else { return false }
        return state.withLock { $0.machine.cancelWait(place) }
    }

    /// Gives a connection back.
    ///
    /// - Parameter use: whether it can be used again, and for how long.
    func release(_ lease: Lease, _ use: FurtherUse) {
        let now = clock.now
        let isReusable = use != .none
        let (heir, handed, isKept) = state.withLock { state -> (Ticket?, HTTPConnection?, Bool) in
            let heir = state.machine.released(lease.use)
            if isReusable {
                if heir != nil { return (heir, lease.connection, true) }
                return (nil, nil, state.machine.keep(lease.connection, until: now + use.time(configuration.idleTimeout)))
            }
            return (heir, heir == nil ? nil : state.machine.takeIdle(now: now), true)
        }
        if let heir {
            if let handed {
                heir.deliver(.success(Lease(connection: handed, isReused: true, use: heir.use)))
            } else {
                connect(for: heir)
            }
        }
        if !isKept { lease.connection.close() }
        if heir == nil, isReusable { scheduleSweep() }
    }

    /// Closes every connection; returns when none is left.
    func close() async {
        let (idle, tickets, open, sweep) = state.withLock { state in
            let (idle, waiting) = state.machine.close()
            defer { state.sweep = nil }
            return (idle, waiting, Array(state.open.values), state.sweep)
        }
        sweep?.cancel()
        let error = TransportError(.closed, "the HTTP client was closed")
        for ticket in tickets { ticket.deliver(.failure(error)) }
        for connection in idle + open { connection.close() }
        connector.stop()
        let waiter = Waiter<Void>()
        let isDone = state.withLock { state in
            if state.open.isEmpty, state.connecting == 0 { return true }
            state.closed.append(waiter)
            return false
        }
        if !isDone { await waiter.suspend() }
        await connector.close()
    }

    // MARK: - Making connections

    private func connect(for ticket: Ticket) {
        state.withLock { $0.connecting += 1 }
        let outcome = ConnectOutcome()
        let server = server
        let timer = clock.schedule(after: configuration.connectTimeout) { [self] in
            guard outcome.claim() else { return }
            failed(ticket, TransportError(.unreachable, "no connection to \(server.origin) within \(configuration.connectTimeout)"))
        }
        connector.connect().whenComplete { [self] result in
            timer.cancel()
            connected(result, for: ticket, isWanted: outcome.claim())
        }
    }

    private func connected(_ result: Result<HTTPConnection, any Error>, for ticket: Ticket, isWanted: Bool) {
        switch result {
        case .success(let connection):
            let isClosed = state.withLock { state in
                state.connecting -= 1
                state.open[ObjectIdentifier(connection)] = connection
                return state.machine.isClosed
            }
            connection.closeFuture.whenComplete { [self] _ in lost(connection) }
            if isClosed || !isWanted {
                connection.close()
                if isWanted { failed(ticket, TransportError(.closed, "the HTTP client was closed")) }
            } else {
                ticket.deliver(.success(Lease(connection: connection, isReused: connection.isReused, use: ticket.use)))
            }
        case .failure(let error):
            let waiters = state.withLock { state in
                state.connecting -= 1
                return Self.takeClosed(&state)
            }
            for waiter in waiters { waiter.resolve(()) }
            if isWanted { failed(ticket, .cannotConnect(to: server.origin, error)) }
        }
    }

    private func failed(_ ticket: Ticket, _ error: TransportError) {
        let heir = state.withLock { $0.machine.released(ticket.use) }
        ticket.deliver(.failure(error))
        // Who waited behind it tries for itself: one failed attempt says little about the next.
        if let heir { connect(for: heir) }
    }

    private func lost(_ connection: HTTPConnection) {
        let waiters = state.withLock { state in
            state.machine.lost(connection)
            state.open[ObjectIdentifier(connection)] = nil
            return Self.takeClosed(&state)
        }
        for waiter in waiters { waiter.resolve(()) }
    }

    private static func takeClosed(_ state: inout State) -> [Waiter<Void>] {
        guard state.open.isEmpty, state.connecting == 0 else { return [] }
        defer { state.closed = [] }
        return state.closed
    }

    // MARK: - Idle connections

    private func scheduleSweep() {
        state.withLock { state in
            guard state.sweep == nil, let end = state.machine.nextEnd, !state.machine.isClosed else { return }
            state.sweep = clock.schedule(at: end) { [weak self] in self?.sweep() }
        }
    }

    private func sweep() {
        let now = clock.now
        let old = state.withLock { state in
            state.sweep = nil
            return state.machine.takeIdle(endedBy: now)
        }
        for connection in old { connection.close() }
        scheduleSweep()
    }
}

/// Whoever claims it first decides how an attempt to connect ends: the timer or the result.
private final class ConnectOutcome: Sendable {
    private let isClaimed = Atomic(false)

    func claim() -> Bool {
        !isClaimed.exchange(true, ordering: .acquiringAndReleasing)
    }
}
