internal import InterlockConcurrency
internal import InterlockStorage
import Synchronization

/// What is known of a node by what became of its connections and commands.
///
/// Its lock is taken inside the node's own, never the other way round.
final class NodeRecord: Sendable {
    private struct State: Sendable {
        var tally = CommandTally()
        var standing = StoreStanding()
    }

    private let clock: any SchedulingClock
    private let breaker: CircuitBreaker?
    private let state = Mutex(State())

    init(clock: any SchedulingClock, breaker: CircuitBreaker?) {
        self.clock = clock
        self.breaker = breaker
    }

    /// One command has ended, with a reply that may be an error of the server's.
    func ended(with reply: RESPValue, since start: MonotonicTime) {
        let took = clock.now - start
        let isKeptAway = state.withLock { state in
            state.tally.note([], of: 1, took: took)
            note(reply, in: &state.standing)
            return state.standing.isKeptAway
        }
        if isKeptAway { lookAtBreaker() }
    }

    /// Commands that were one call have ended, some of them perhaps without a reply.
    func ended(with replies: [RedisConnection.Reply], since start: MonotonicTime) {
        let (now, wall) = (clock.now, clock.wallTime)
        let took = now - start
        var failures: [StoreError] = []
        let isKeptAway = state.withLock { state in
            for reply in replies {
                switch reply {
                case .success(let reply): note(reply, in: &state.standing)
                case .failure(let error): failures.append(error)
                }
            }
            for error in failures where error.code == .unavailable && !error.isCancellation && !error.isKeptAway {
                // By itself one says nothing of the server: the breaker judges by several. Where there is none nobody else would say it.
                if breaker == nil, error.outage == .timeout {
                    state.standing.refused(.timeout, now: now, wall: wall)
                } else {
                    state.standing.wentUnanswered(error.outage ?? .other)
                }
            }
            state.tally.note(failures, of: replies.count, took: took)
            return state.standing.isKeptAway
        }
        if isKeptAway || !failures.isEmpty { lookAtBreaker() }
    }

    /// A connection stands.
    func connected() { state.withLock { $0.standing.connected() } }

    /// No connection stands.
    func disconnected(_ error: StoreError) {
        let wall = clock.wallTime
        state.withLock { $0.standing.disconnected(error.outage ?? .unreachable, wall: wall) }
    }

    /// The counters, the state of the breaker, and what is wrong now.
    var snapshot: (tally: CommandTally, breaker: CircuitBreaker.State, outage: StoreOutage?) {
        let breaker = lookAtBreaker()
        let now = clock.now
        return state.withLock { ($0.tally, breaker, $0.standing.outage(now: now)) }
    }

    private func note(_ reply: RESPValue, in standing: inout StoreStanding) {
        if case .error(let error) = reply, let reason = StoreOutage.Reason(error) {
            standing.refused(reason, now: clock.now, wall: clock.wallTime)
        } else {
            standing.answered()
        }
    }

    /// Notes since when calls are kept away. Whoever looks last is right, since ``snapshot`` looks before it tells.
    @discardableResult
    private func lookAtBreaker() -> CircuitBreaker.State {
        guard let breaker else { return .disabled }
        let (seen, wall) = (breaker.snapshot.state, clock.wallTime)
        state.withLock { $0.standing.breakerIs(seen, wall: wall) }
        return seen
    }
}
