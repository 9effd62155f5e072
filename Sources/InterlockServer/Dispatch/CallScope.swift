import InterlockJSON
import Synchronization

/// The requests of one peer that are in flight, by the ids the peer gave them.
///
/// A peer's ids mean something only to that peer: they are looked up here to cancel one of its own requests, and never reach anything shared.
final class CallScope: Sendable {
    private struct State {
        var calls: [RequestID: ActiveCall] = [:]
        var drainWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// False if the id is in flight already.
    func insert(_ call: ActiveCall) -> Bool {
        state.withLock { state in
            guard state.calls[call.request.id] == nil else { return false }
            state.calls[call.request.id] = call
            return true
        }
    }

    func remove(_ call: ActiveCall) {
        let waiters: [CheckedContinuation<Void, Never>] = state.withLock { state in
            guard state.calls[call.request.id] === call else { return [] }
            state.calls[call.request.id] = nil
            guard state.calls.isEmpty, !state.drainWaiters.isEmpty else { return [] }
            defer { state.drainWaiters = [] }
            return state.drainWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func call(_ id: RequestID) -> ActiveCall? {
        state.withLock { $0.calls[id] }
    }

    var count: Int { state.withLock { $0.calls.count } }

    /// Cancels every request in flight.
    func cancelAll(_ reason: CancellationReason) {
        let calls = state.withLock { Array($0.calls.values) }
        for call in calls { call.cancel(reason) }
    }

    /// Suspends until nothing is in flight.
    func drained() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.calls.isEmpty { return true }
                state.drainWaiters.append(continuation)
                return false
            }
            if isEmpty { continuation.resume() }
        }
    }
}

/// Why a request was cancelled.
enum CancellationReason: Sendable, Hashable {
    /// `notifications/cancelled`.
    case byClient(String?)
    /// The client's connection is gone.
    case disconnected
    /// The session has ended or expired.
    case sessionEnded
    /// The server stops and the drain deadline has passed.
    case shutDown
}
