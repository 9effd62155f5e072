internal import InterlockConcurrency
internal import InterlockStorage

/// Which of a node's connections stand, and who waits for one.
///
/// Callers wait only while a connection is being made and may yet come. When every slot has failed and pauses before it tries again, they are
/// refused with what went wrong, so that a server that is down costs nobody any time.
struct PoolStateMachine<Connection, Ticket> {
    enum Take {
        case use(Connection)
        case wait(UInt64)
        case refused(StoreError)
    }

    fileprivate enum Slot {
        case connecting
        case ready(Connection)
        case pausing(StoreError)
    }

    private var slots: [Slot]
    private var next = 0
    private var waiting: [(number: UInt64, ticket: Ticket)] = []
    private var nextNumber: UInt64 = 0
    private let maximumWaiting: Int
    private(set) var isShutDown = false
    /// Connections made after the first of each slot.
    private(set) var reconnects = 0
    private var hasConnected: [Bool]

    init(size: Int, maximumWaiting: Int) {
        slots = Array(repeating: .connecting, count: size)
        hasConnected = Array(repeating: false, count: size)
        self.maximumWaiting = maximumWaiting
    }

    var size: Int { slots.count }
    var waitingCount: Int { waiting.count }

    /// The connections that stand.
    var ready: [Connection] {
        slots.compactMap { if case .ready(let connection) = $0 { connection } else { nil } }
    }

    /// What went wrong last, if no connection stands or is being made.
    var failure: StoreError? {
        var last: StoreError?
        for slot in slots {
            guard case .pausing(let error) = slot else { return nil }
            // What needs somebody's hand says more than that it is unreachable.
            if last == nil || error.code == .refused { last = error }
        }
        return last
    }

    /// Somebody wants a connection: gets the next one in turn, or a place in the line while one is being made.
    mutating func take(_ ticket: @autoclosure () -> Ticket) -> Take {
        if isShutDown { return .refused(.shutDown) }
        for _ in slots {
            next = next + 1 < slots.count ? next + 1 : 0
            if case .ready(let connection) = slots[next] { return .use(connection) }
        }
        if let failure { return .refused(failure) }
        guard waiting.count < maximumWaiting else {
            return .refused(StoreError(.unavailable, "too many callers wait for the first connection to Redis; try again"))
        }
        nextNumber += 1
        waiting.append((nextNumber, ticket()))
        return .wait(nextNumber)
    }

    /// A slot begins to connect.
    mutating func connecting(_ slot: Int) {
        slots[slot] = .connecting
    }

    /// A slot has a connection: those who wait may take it. Also says whether none stood before. `nil` when the pool has been shut down: close it.
    mutating func connected(_ slot: Int, _ connection: Connection) -> (waiting: [Ticket], isFirst: Bool)? {
        guard !isShutDown else { return nil }
        let isFirst = ready.isEmpty
        slots[slot] = .ready(connection)
        if hasConnected[slot] { reconnects += 1 }
        hasConnected[slot] = true
        return (takeWaiting(), isFirst)
    }

    /// A slot could not connect, or lost its connection, and pauses. Returns those who now have nothing to wait for.
    mutating func failed(_ slot: Int, _ error: StoreError) -> [Ticket] {
        slots[slot] = .pausing(error)
        return failure == nil ? [] : takeWaiting()
    }

    /// Somebody waits no longer; `nil` when the wait has ended otherwise.
    mutating func giveUp(_ number: UInt64) -> Ticket? {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return nil }
        return waiting.remove(at: index).ticket
    }

    /// Nobody gets anything any more.
    mutating func shutDown() -> (waiting: [Ticket], connections: [Connection]) {
        isShutDown = true
        return (takeWaiting(), ready)
    }

    private mutating func takeWaiting() -> [Ticket] {
        defer { waiting = [] }
        return waiting.map(\.ticket)
    }
}

extension PoolStateMachine: Sendable where Connection: Sendable, Ticket: Sendable {}
extension PoolStateMachine.Slot: Sendable where Connection: Sendable {}
