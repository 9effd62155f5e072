/// What became of worker processes and of the calls they had.
struct ProcessOutcomes: Sendable, Hashable {
    var started = 0
    var startFailures = 0
    var ended = 0
    var emptied = 0
    var diedIdle = 0
    var succeeded = 0
    var failed = 0
    var died = 0
    var timedOut = 0
    var aborted = 0

    mutating func count(_ trace: ProcessTrace, _ stopped: ProcessStop?) {
        switch (stopped, trace) {
        case (.timedOut, _): timedOut += 1
        case (.cancelled, _): aborted += 1
        case (nil, .intact(_, failed: false)): succeeded += 1
        case (nil, .intact(_, failed: true)): failed += 1
        case (nil, .broken): died += 1
        }
    }
}
