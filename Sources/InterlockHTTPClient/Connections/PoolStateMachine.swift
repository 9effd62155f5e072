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
    private var idle: [(connection: Connection, since: MonotonicTime)] = []
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

    mutating func lease(_ use: Use, _ waiter: Waiting) -> Lease {
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
        if let connection = idle.popLast()?.connection { return .use(connection) }
        return .connect
    }

    /// A user is done, or its connection could not be made. Returns who inherits the right to a connection.
    mutating func released(_ use: Use) -> Waiting? {
        guard use == .request else { return nil }
        if let next = popWaiting() { return next }
        requestsUsing -= 1
        return nil
    }

    /// A connection is free and in order. Returns whether to keep it.
    mutating func keep(_ connection: Connection, now: MonotonicTime) -> Bool {
        guard !isClosed, idle.count < maximumConnections else { return false }
        idle.append((connection, now))
        return true
    }

    /// A connection for somebody who inherited the right to one.
    mutating func takeIdle() -> Connection? {
        idle.popLast()?.connection
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

    /// The connections nobody has used since `time`; they are to be closed.
    mutating func takeIdle(before time: MonotonicTime) -> [Connection] {
        let old = idle.prefix { $0.since <= time }.map(\.connection)
        idle.removeFirst(old.count)
        return old
    }

    /// When the next idle connection was put back.
    var oldestIdle: MonotonicTime? { idle.first?.since }

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
