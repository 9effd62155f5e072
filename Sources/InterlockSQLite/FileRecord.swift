import InterlockConcurrency
import InterlockStorage
import Synchronization

/// What is known of a file by what became of its transactions.
final class FileRecord: Sendable {
    private struct State: Sendable {
        var standing = StoreStanding()
        var latencies = DurationHistogram()
        var transactions = 0
        var refused = 0
        var failures = 0
    }

    /// The states of a breaker, those that say most first.
    private static let gravest: [CircuitBreaker.State] = [.forcedOpen, .open, .halfOpen, .closed, .forcedClosed, .disabled]

    private let clock: any SchedulingClock
    private let terms: [WriteTerms]
    private let state = Mutex(State())

    init(clock: any SchedulingClock, terms: [WriteTerms]) {
        self.clock = clock
        self.terms = terms
    }

    /// A transaction has been made that changed something, or found nothing to change; the latter succeeds in a full file too.
    func wrote(_ hasWritten: Bool, since start: MonotonicTime) { ended(since: start) { $0.standing.answered(showsAll: hasWritten) } }

    /// Something was read: a file that is full or read only is read as ever.
    func read(since start: MonotonicTime) { ended(since: start) { _ in } }

    /// A transaction has failed.
    ///
    /// - Parameter isJudged: a breaker counts it, so that by itself it is one transaction without an answer and no outage.
    func failed(_ failure: StoreError, isJudged: Bool, since start: MonotonicTime) {
        let (now, wall) = (clock.now, clock.wallTime)
        ended(since: start) { state in
            if failure.code == .unavailable, !(failure.cause is CancellationError) { state.failures += 1 }
            switch failure.outage {
            case nil: break
            case .timeout? where isJudged: state.standing.wentUnanswered(.timeout)
            // A file is there or not, has room or not: what it could not do once counts at once.
            case let reason?: state.standing.refused(reason, now: now, wall: wall)
            }
        }
    }

    /// A transaction was kept away from the file.
    func keptAway() {
        state.withLock { state in
            state.transactions += 1
            state.refused += 1
        }
    }

    /// A breaker has judged a transaction: notes since when calls are kept away. Whoever looks last is right, since ``health`` looks before it tells.
    @discardableResult
    func lookAtBreakers() -> CircuitBreaker.State {
        let (now, wall) = (clock.now, clock.wallTime)
        let states = terms.map { $0.state(now: now) }
        let seen = Self.gravest.first { states.contains($0) } ?? .disabled
        state.withLock { $0.standing.breakerIs(seen, wall: wall) }
        return seen
    }

    /// Whether calls were kept away when somebody last looked.
    var isKeptAway: Bool { state.withLock { $0.standing.isKeptAway } }

    var health: SQLiteHealth {
        let breaker = lookAtBreakers()
        let (now, waiting) = (clock.now, terms.reduce(0) { $0 + $1.waiting })
        return state.withLock { state in
            SQLiteHealth(
                outage: state.standing.outage(now: now), latencies: state.latencies, breaker: breaker, waiting: waiting, transactions: state.transactions,
                refused: state.refused, failures: state.failures)
        }
    }

    private func ended(since start: MonotonicTime, _ event: (inout State) -> Void) {
        let took = clock.now - start
        state.withLock { state in
            state.latencies.record(took)
            state.transactions += 1
            event(&state)
        }
    }
}
