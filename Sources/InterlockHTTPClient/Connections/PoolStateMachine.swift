internal import InterlockConcurrency
internal import InterlockTransport

/// Who uses which connection, and who waits for one. Pure.
///
/// Requests share a bounded number of connections and wait in order. What must not wait behind them, answers to the
/// server and streams that stay open, gets a connection at once: a server may hold every request connection until it
/// has such an answer.
struct PoolStateMachine<Connection: AnyObject, Waiting> {
    /// What a connection is wanted for.
    enum Use: Sendable, Hashable {
        case request, unbounded
    }

    enum Lease {
        case use(Connection)
        /// Make a connection.
        case connect
        /// Wait; the number takes the place in the line back.
        case wait(UInt64)
        case refused(TransportError)
    }

    private let maximumConnections: Int
    private let maximumWaiting: Int
    /// The newest last; of one server, so that the oldest end first.
    private var idle: [(connection: Connection, end: MonotonicTime)] = []
    private var requestsUsing = 0
    private var waiting: [(id: UInt64, waiting: Waiting)] = []
    private var head = 0
    private var nextID: UInt64 = 0
    private(set) var isClosed = false

    init(maximumConnections: Int, maximumWaiting: Int) {
        self.maximumConnections = max(1, maximumConnections)
        self.maximumWaiting = maximumWaiting
    }

    var idleCount: Int { idle.count }
    var usedByRequests: Int { requestsUsing }
    var waitingCount: Int { waiting.count - head }

    mutating func lease(_ use: Use, _ waiter: Waiting, now: MonotonicTime) -> Lease {
        if isClosed { return .refused(TransportError(.closed, "the HTTP client was closed")) }
        if use == .request {
            guard requestsUsing < maximumConnections else {
                guard waitingCount < maximumWaiting else {
                    return .refused(TransportError(.refused, "\(waitingCount) requests wait for a connection, as many as maximumQueuedRequests allows; try again later"))
                }
                nextID += 1
                waiting.append((nextID, waiter))
                return .wait(nextID)
            }
            requestsUsing += 1
        }
        return takeIdle(now: now).map { .use($0) } ?? .connect
    }

    /// A user is done, or its connection could not be made. Returns who inherits the right to a connection.
    mutating func released(_ use: Use) -> Waiting? {
        guard use == .request else { return nil }
        if let next = popWaiting() { return next }
        requestsUsing -= 1
        return nil
    }

    /// A connection is free and in order. Returns whether to keep it.
    ///
    /// - Parameter end: when it is too old to be used.
    mutating func keep(_ connection: Connection, until end: MonotonicTime) -> Bool {
        guard !isClosed, idle.count < maximumConnections else { return false }
        idle.append((connection, end))
        return true
    }

    /// A connection for somebody who has the right to one. What is too old stays for ``takeIdle(endedBy:)``.
    mutating func takeIdle(now: MonotonicTime) -> Connection? {
        guard let newest = idle.last, newest.end > now else { return nil }
        return idle.removeLast().connection
    }

    /// A connection was closed by the server while nobody used it.
    mutating func lost(_ connection: Connection) {
        idle.removeAll { $0.connection === connection }
    }

    /// Takes a place in the line back. Returns whether it was still there.
    mutating func cancelWait(_ id: UInt64) -> Bool {
        guard let index = waiting[head...].firstIndex(where: { $0.id == id }) else { return false }
        waiting.remove(at: index)
        return true
    }

    /// The connections that are too old; they are to be closed.
    mutating func takeIdle(endedBy time: MonotonicTime) -> [Connection] {
        let old = idle.prefix { $0.end <= time }.map(\.connection)
        idle.removeFirst(old.count)
        return old
    }

    /// When the next idle connection is too old.
    var nextEnd: MonotonicTime? { idle.first?.end }

    /// Ends the pool. Returns the idle connections to close and those who waited.
    mutating func close() -> (idle: [Connection], waiting: [Waiting]) {
        isClosed = true
        defer {
            idle = []
            waiting = []
            head = 0
        }
        return (idle.map(\.connection), waiting[head...].map(\.waiting))
    }

    private mutating func popWaiting() -> Waiting? {
        guard head < waiting.count else { return nil }
        defer {
            head += 1
            if head == waiting.count {
                waiting.removeAll(keepingCapacity: true)
                head = 0
            } else if head >= 256, head * 2 >= waiting.count {
                waiting.removeFirst(head)
                head = 0
            }
        }
        return waiting[head].waiting
    }
}

extension PoolStateMachine: Sendable where Connection: Sendable, Waiting: Sendable {}

extension PoolStateMachine.Lease: Sendable where Connection: Sendable, Waiting: Sendable {}
