/// What has happened to calls that are tried again, added up.
package struct RetryTally: Sendable {
    /// One thing that happens to a call. It begins once and ends once, by a success or by giving up.
    package enum Event: Sendable {
        case began
        case attemptEnded(after: Duration)
        /// The call ended well with the attempt of this number, from 1.
        case succeeded(attempt: Int)
        case gaveUp(RetrySnapshot.Reason)
        /// The wait for another attempt is over, and that begins; or the wait was broken off.
        case waited(Duration, isOver: Bool)
    }

    package private(set) var snapshot = RetrySnapshot()

    package init() {}

    package mutating func note(_ event: Event) {
        switch event {
        case .began:
            snapshot.calls += 1
            snapshot.running += 1
        case .attemptEnded(let duration):
            snapshot.attempts += 1
            snapshot.runs.record(duration)
        case .succeeded(let attempt):
            end()
            let index = min(max(1, attempt), RetrySnapshot.countedAttempts) - 1
            while snapshot.successes.count <= index { snapshot.successes.append(0) }
            snapshot.successes[index] += 1
        case .gaveUp(let reason):
            end()
            snapshot.givenUp[reason, default: 0] += 1
        case .waited(let duration, let isOver):
            snapshot.waits.record(duration)
            if isOver { snapshot.retries += 1 }
        }
    }

    private mutating func end() {
        snapshot.running -= 1
        precondition(snapshot.running >= 0, "more calls ended than began")
    }
}
