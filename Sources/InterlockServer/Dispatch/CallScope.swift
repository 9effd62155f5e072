import InterlockJSON
import Synchronization

/// The requests of one peer that are in flight, by the ids the peer gave them.
///
/// A peer's ids mean something only to that peer: they are looked up here to cancel one of its own requests, and never reach anything shared.
final class CallScope: Sendable {
    private struct State {
        var calls: [RequestID: ActiveCall] = [:]
        /// Answers that have not been handed to the connection: those of the calls above, and those on their way.
        var owed = 0
        var drainWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Enters a call, which owes an answer from now on; false if the id is in flight already.
    func insert(_ call: ActiveCall) -> Bool {
        state.withLock { state in
            guard state.calls[call.request.id] == nil else { return false }
            state.calls[call.request.id] = call
            state.owed += 1
            return true
        }
    }

    /// Frees the call's id, so that the client may use it again as soon as it has the answer. The answer is owed until ``settle()``.
    func remove(_ call: ActiveCall) {
        state.withLock { state in
            if state.calls[call.request.id] === call { state.calls[call.request.id] = nil }
        }
    }

    /// An answer has to wait for room on the connection.
    func owe() {
        state.withLock { $0.owed += 1 }
    }

    /// An answer was handed to the connection, or will never come.
    func settle() {
        let waiters: [CheckedContinuation<Void, Never>] = state.withLock { state in
            state.owed -= 1
            guard state.owed == 0, !state.drainWaiters.isEmpty else { return [] }
            defer { state.drainWaiters = [] }
            return state.drainWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func call(_ id: RequestID) -> ActiveCall? {
        state.withLock { $0.calls[id] }
    }

    /// Ids in use.
    var count: Int { state.withLock { $0.calls.count } }
    /// Whether no answer is owed.
    var isDrained: Bool { state.withLock { $0.owed == 0 } }

    /// Cancels every request in flight.
    func cancelAll(_ reason: CancellationReason) {
        let calls = state.withLock { Array($0.calls.values) }
        for call in calls { call.cancel(reason) }
    }

    /// Suspends until nothing is in flight and every answer was handed over.
    func drained() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.owed == 0 { return true }
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
