/// What has happened to calls that are hedged, added up.
package struct HedgeTally: Sendable {
    /// One thing that happens to a call. It begins once, is decided once, by a win, a failure or its cancellation, and then ends.
    package enum Event: Sendable {
        case began
        /// An attempt beside the first begins, the call being as old as this.
        case hedged(after: Duration)
        case budgetRefused
        /// The attempt of this number, from 1, had a result first; so many others were cancelled for it.
        case won(attempt: Int, cancelled: Int, after: Duration)
        /// No attempt succeeded.
        case failed(after: Duration)
        /// No attempt succeeded, and the task was cancelled meanwhile.
        case cancelled(after: Duration)
        /// No attempt runs any more.
        case ended
    }

    package private(set) var snapshot = HedgeSnapshot()

    package init() {}

    package mutating func note(_ event: Event) {
        switch event {
        case .began:
            snapshot.calls += 1
            snapshot.running += 1
        case .hedged(let age):
            snapshot.hedges += 1
            snapshot.waits.record(age)
        case .budgetRefused:
            snapshot.budgetRefusals += 1
        case .won(let attempt, let cancelled, let took):
            snapshot.runs.record(took)
            let index = min(max(1, attempt), HedgeSnapshot.countedAttempts) - 1
            while snapshot.wins.count <= index { snapshot.wins.append(0) }
            snapshot.wins[index] += 1
            snapshot.attemptsCancelled += cancelled
        case .failed(let took):
            snapshot.runs.record(took)
            snapshot.failed += 1
        case .cancelled(let took):
            snapshot.runs.record(took)
            snapshot.cancelled += 1
        case .ended:
            snapshot.running -= 1
            precondition(snapshot.running >= 0, "more calls ended than began")
        }
    }
}
