import InterlockConcurrency
import InterlockStorage
import Synchronization

/// On what terms transactions of one kind are let near a file: for how long each is waited for, how many may wait, and when none is tried.
final class WriteTerms: Sendable {
    let kind: WriteKind
    let budget: Duration
    /// Transactions that are not over yet; more are refused, as they would hardly have their turn in time.
    let places: Int
    let breaker: CircuitBreaker?
    private let taken = Atomic<Int>(0)
    private let askedAt = Mutex(MonotonicTime(nanoseconds: .min))

    init(_ kind: WriteKind, _ configuration: SQLiteStores.Configuration, path: String, clock: any SchedulingClock) {
        let name: String
        let breaker: CircuitBreakerConfiguration?
        switch kind {
        case .decision: (budget, places, name, breaker) = (configuration.rateBudget, 1_000, "rates", configuration.rateBreaker)
        case .request: (budget, places, name, breaker) = (configuration.writeBudget, 10_000, "writes", configuration.writeBreaker)
        case .settlement: (budget, places, name, breaker) = (max(configuration.busyTimeout, configuration.writeBudget), 10_000, "settlements", nil)
        }
        self.kind = kind
        self.breaker = breaker.map {
            CircuitBreaker($0, name: "\(name) in \(path)", clock: clock) { error in
                guard let error = error as? StoreError else { return .failure }
                return error.cause is CancellationError ? .ignored : error.code == .unavailable ? .failure : .success
            }
        }
    }

    /// Whether one that got no answer says nothing by itself of the file: the breaker judges by several. Where there is none nobody else would say it; and
    /// who has waited as long as a settlement does has seen the file held for so long.
    var needsJudge: Bool { breaker != nil }

    /// Takes a place; false if all are taken.
    func enter() -> Bool {
        if taken.wrappingAdd(1, ordering: .relaxed).oldValue < places { return true }
        leave()
        return false
    }

    /// Gives the place back.
    func leave() { taken.wrappingSubtract(1, ordering: .relaxed) }

    /// Transactions that wait or are under way.
    var waiting: Int { taken.load(ordering: .relaxed) }

    /// Somebody asks for a transaction.
    func asked(now: MonotonicTime) { askedAt.withLock { $0 = now } }

    /// What the breaker does with calls. One that is open, or waits for what its probe finds out, changes with the next call only, as a probe may be given
    /// up by its caller: when none has come for a while nothing is known any more.
    func state(now: MonotonicTime) -> CircuitBreaker.State {
        guard let state = breaker?.snapshot.state else { return .disabled }
        let isForgotten = askedAt.withLock { now >= $0 + StoreStanding.memory }
        return [.open, .halfOpen].contains(state) && isForgotten ? .closed : state
    }
}
