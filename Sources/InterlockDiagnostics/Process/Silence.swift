import InterlockConcurrency

/// A while in which a server took nothing of what it was asked: tells one that has stopped from one that is at work, or has no processor to work on.
struct Silence {
    enum Answer {
        /// Nothing can be said yet.
        case goesOn
        /// The server has stopped: a second in which it took nothing and had nothing to do.
        case standstill
        /// It has taken nothing for five seconds and was at work all the time: whether it has stopped taking this, or is slow, does not show.
        case atWork
    }

    /// Looks closer once it has lasted so long: most are shorter, and a sample of a process is not free.
    private static let settling = Duration.milliseconds(100)
    /// What is one stretch of it: so long, in so many looks, since fewer say that this program was late. A server that ran, or waited for a processor, for
    /// more than this share of it was at work.
    private static let (length, looks, share) = (Duration.seconds(1), 25, 0.1)
    private static let patience = Duration.seconds(5)

    private let reader: any ProcessReading
    private var since: MonotonicTime?
    private var stretch: (began: MonotonicTime, sample: ProcessSample?)?
    private var seen = 0

    init(of reader: any ProcessReading) { self.reader = reader }

    /// Something was taken.
    mutating func end() { (since, stretch) = (nil, nil) }

    /// Nothing was taken since the last look.
    mutating func look(at now: MonotonicTime) -> Answer {
        guard let since else {
            since = now
            return .goesOn
        }
        guard let stretch else {
            if now - since >= Self.settling { (stretch, seen) = ((now, reader.sample()), 0) }
            return .goesOn
        }
        seen += 1
        guard now - stretch.began >= Self.length, seen >= Self.looks else { return .goesOn }
        guard let before = stretch.sample, let after = reader.sample(), Self.wasAtWork(ProcessUse(before, after)) else { return .standstill }
        self.stretch = nil
        return now - since >= Self.patience ? .atWork : .goesOn
    }

    private static func wasAtWork(_ use: ProcessUse) -> Bool { (use.cpuShare ?? 0) + (use.runQueueShare ?? 0) > share }
}
