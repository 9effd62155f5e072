/// What a ``GroupLimiterStateMachine`` knows of one group.
struct GroupRecord<W> {
    /// Weights there are; outside, the nearest counts.
    static var weights: ClosedRange<Int> { 1...1_000 }

    /// One unit of virtual time: what a group of weight 1 is put off by a grant. 2²⁰ makes the rounding of the largest
    /// weights less than 0.1 %, and leaves room for 2⁴⁴ grants to waiting callers: five years at 100,000 a second.
    static var unit: UInt64 { 1 << 20 }

    var weight: Int { didSet { weight = Self.clamped(weight) } }
    /// Permits it may hold.
    var limit: Int
    var active = 0
    var waiting = 0
    var granted = 0
    /// The virtual time at which it is served next, if it waits.
    var due: UInt64
    var ring = KeyedLines<W>.Ring()
    /// Its place among those that wait.
    var backlogPlace: GroupBacklog.Ticket?
    var isClosed = false
    /// Its number waits for another group.
    var isFree = false

    init(weight: Int, limit: Int?, due: UInt64) {
        self.weight = Self.clamped(weight)
        self.limit = limit.map { max(0, $0) } ?? .max
        self.due = due
    }

    var hasRoom: Bool { active < limit }

    /// Virtual time from one grant to the next.
    var stride: UInt64 { Self.unit / UInt64(weight) }

    mutating func countGrant() {
        active += 1
        granted += 1
    }

    /// Takes a permit back; returns whether the group is closed.
    mutating func countReturn() -> Bool {
        active -= 1
        return isClosed
    }

    private static func clamped(_ weight: Int) -> Int {
        min(max(weight, weights.lowerBound), weights.upperBound)
    }
}

extension GroupRecord: Sendable where W: Sendable {}
