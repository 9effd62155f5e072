import InterlockConcurrency

/// How late this program's own timer was, all the time that it waited for answers: what the machine owes, and not the server. Pure.
///
/// An answer and a tick wait for the same things here: a thread of the clock, a thread of the executor, and a processor for each.
struct OwnLateness: Sendable, Hashable {
    /// Ticks that are late by less explain no answer of 100 ms, and are counted without being kept.
    static let notable = Duration.milliseconds(10)
    /// Late ticks that are kept; the oldest gives way.
    static let capacity = 256

    private struct Tick: Hashable {
        var due: MonotonicTime
        var seen: MonotonicTime
    }

    private var late: [Tick] = []
    private var awaited: MonotonicTime?
    /// How late each tick was.
    private(set) var ticks = LatencyHistogram()

    /// A tick is due at `due`.
    mutating func expect(at due: MonotonicTime) { awaited = due }

    /// The tick that was expected has come; without one that was, nothing happens.
    mutating func tick(at now: MonotonicTime) {
        guard let due = awaited else { return }
        awaited = nil
        ticks.record(now - due)
        guard now - due >= Self.notable else { return }
        if late.count == Self.capacity { late.removeFirst() }
        late.append(Tick(due: due, seen: now))
    }

    /// The longest that one tick was overdue between `begin` and `now`, one that has not come yet among them.
    func longest(from begin: MonotonicTime, to now: MonotonicTime) -> Duration {
        let overdue = awaited.map { [Tick(due: $0, seen: now)] } ?? []
        return (late + overdue).reduce(.zero) { max($0, min($1.seen, now) - max($1.due, begin)) }
    }
}
