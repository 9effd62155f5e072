import InterlockConcurrency
import InterlockJSON
import Synchronization

/// The places in which calls of one tool wait for something that calls of other tools wait for too: locks, worker threads.
///
/// As many as the tool's `queue` says, shared between those who call like those of every other line; who has to leave when
/// they are taken, the queue's policy says. In which order those who have a place get their turn is up to what they wait for, so
/// where the policy would serve the newest first it only refuses the oldest here.
final class ToolLine: Sendable {
    /// The place of one call, which ``leave(_:served:)`` gives back.
    struct Place: Sendable {
        /// Ends the wait of the call when its place is needed for another.
        let revocation: Revocation
        fileprivate let key: FairnessKey
        fileprivate let ticket: WaitingLines<Revocation>.Ticket
    }

    private struct State {
        var lines: WaitingLines<Revocation>
        var keys = KeyTable<FairnessKey>()
        var tenants = KeyTable<ExactName>()
        var pace = QueuePace()

        /// Callers without a tenant are a group of their own.
        mutating func retainGroup(of key: FairnessKey) -> Int32 {
            key.tenant.map { tenants.retain($0) + 1 } ?? WaitingLines<Revocation>.noGroup
        }

        mutating func release(_ key: FairnessKey) {
            keys.release(key)
            if let tenant = key.tenant { tenants.release(tenant) }
        }
    }

    private let tool: String
    private let clock: any SchedulingClock
    private let state: Mutex<State>

    init(tool: String, queue: QueueConfiguration, clock: any SchedulingClock) {
        self.tool = tool
        self.clock = clock
        state = Mutex(State(lines: WaitingLines(queue)))
    }

    /// Takes a place, for which another call may have to give up its own: not for one that is cancelled or too late already.
    func join(for key: FairnessKey, deadline: MonotonicTime?) throws(AcquireError) -> Place {
        let now = clock.now
        if Task.isCancelled { throw AcquireError(code: .cancelled, message: "a call of tool '\(tool)' was cancelled before it waited") }
        if let deadline, deadline <= now { throw AcquireError(code: .deadlineExceeded, message: "a call of tool '\(tool)' has no time left to wait") }
        let revocation = Revocation()
        let joined = state.withLock { state in
            let isFirst = state.lines.isEmpty
            let joined = state.lines.join(revocation, key: state.keys.retain(key), of: state.retainGroup(of: key), deadline: deadline)
            if joined == nil { state.release(key) } else if isFirst { state.pace.start(now: now) }
            return joined
        }
        guard let (ticket, evicted) = joined else { throw full }
        evicted?.revoke()
        return Place(revocation: revocation, key: key, ticket: ticket)
    }

    /// Gives a place back, also one that another call has by now.
    ///
    /// - Parameter served: whether the call has what it waited for.
    func leave(_ place: Place, served: Bool) {
        let now = clock.now
        state.withLock { state in
            _ = state.lines.remove(place.ticket)
            state.release(place.key)
            if served { state.pace.countGrant(now: now) }
        }
    }

    /// What a call is told that has no place, or has it no longer.
    var full: AcquireError {
        let now = clock.now
        let (depth, retryAfter) = state.withLock { ($0.lines.depth, $0.pace.timeToDrain($0.lines.count, now: now)) }
        return AcquireError(code: .queueFull, message: "the queue of tool '\(tool)' is full (\(depth) waiting)", retryAfter: retryAfter)
    }

    /// Calls that have a place.
    var waiting: Int { state.withLock { $0.lines.count } }
}
