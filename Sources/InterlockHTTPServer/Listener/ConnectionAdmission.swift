import InterlockConcurrency
import Synchronization

/// Bounds the connections served at once; those beyond it wait in line without being read, and not for ever.
final class ConnectionAdmission: Sendable {
    /// What a waiting connection is told.
    enum Outcome {
        case admitted, refused
    }

    /// How many are served at once.
    let limit: Int

    private struct State {
        var queue: ConnectionQueueStateMachine<UInt64>
        var waiting: [UInt64: @Sendable (Outcome) -> Void] = [:]
        var nextTicket: UInt64 = 0
    }

    private let state: Mutex<State>

    init(limit: Int, queueDepth: Int, queueDeadline: Duration) {
        self.limit = limit
        state = Mutex(State(queue: ConnectionQueueStateMachine(limit: limit, depth: queueDepth, patience: queueDeadline)))
    }

    /// Connections that are served, and those that wait for it.
    var counts: (served: Int, waiting: Int) { state.withLock { ($0.queue.servedCount, $0.queue.waitingCount) } }

    /// A connection has come. If it must wait, `resolve` is called once, from any thread, unless it leaves before.
    func arrive(
        now: MonotonicTime, resolve: @escaping @Sendable (Outcome) -> Void
    ) -> (ticket: UInt64, arrival: ConnectionQueueStateMachine<UInt64>.Arrival) {
        state.withLock { state in
            state.nextTicket += 1
            let ticket = state.nextTicket
            let arrival = state.queue.arrive(ticket, now: now)
            if arrival == .wait { state.waiting[ticket] = resolve }
            return (ticket, arrival)
        }
    }

    /// A connection has ended.
    func leave(_ ticket: UInt64) {
        let admitted = state.withLock { state in
            state.waiting[ticket] = nil
            return state.queue.leave(ticket).flatMap { state.waiting.removeValue(forKey: $0) }
        }
        admitted?(.admitted)
    }

    /// Sends away those who have waited too long.
    func expire(now: MonotonicTime) {
        resolveRefused { $0.expire(now: now) }
    }

    /// Sends all away who wait: the server ends.
    func refuseAll() {
        resolveRefused { $0.refuseAll() }
    }

    private func resolveRefused(_ select: (inout ConnectionQueueStateMachine<UInt64>) -> [UInt64]) {
        let refused = state.withLock { state in
            guard state.queue.waitingCount > 0 else { return [@Sendable (Outcome) -> Void]() }
            return select(&state.queue).compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for resolve in refused { resolve(.refused) }
    }
}
