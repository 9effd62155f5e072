import InterlockConcurrency
import InterlockProfiler

/// The last stalls, which threads the pool is known to have, and when to look and to speak. Pure.
struct StallLog: Sendable {
    /// What was seen of the pool's threads during one stall.
    struct Look: Sendable {
        var tools: [String] = []
        var threads: [StackCapture.Thread] = []
        var unsampled: String?
    }

    /// One line for the log: the stall, and how many went unsaid since the last line.
    struct Line: Hashable {
        var stall: StallRecord
        var unsaid: Int
    }

    static let kept = 16
    static let knownThreads = 64
    /// Reading symbols costs tens of milliseconds of processor time: not more often than this.
    static let betweenLooks = Duration.seconds(1)
    static let betweenLines = Duration.seconds(10)

    private var records: [StallRecord] = []
    private var pool: [Int32] = []
    private var lastLook: MonotonicTime?
    private var lastLine: MonotonicTime?
    private var unsaid = 0
    /// The stall whose threads are to be looked at.
    private var pending: MonotonicTime?

    /// Threads that have run tasks of the pool lately.
    var poolThreads: Set<Int32> { Set(pool) }

    /// A task of the pool ran on this thread. The one not seen for longest is forgotten when there are many.
    mutating func ran(on thread: Int32) {
        pool.removeAll { $0 == thread }
        pool.append(thread)
        if pool.count > Self.knownThreads { pool.removeFirst() }
    }

    /// A stall goes on. Returns whether the threads are to be looked at, by ``take()`` and then ``looked(_:at:now:)``.
    mutating func began(_ stall: ExecutorStall, wallTime: Int64, now: MonotonicTime) -> Bool {
        var record = StallRecord(began: stall.began, wallTime: wallTime - Int64(stall.duration / .milliseconds(1)), duration: stall.duration)
        let isTooSoon = lastLook.map { now - $0 < Self.betweenLooks } ?? false
        if isTooSoon { record.unsampled = "the threads were looked at less than a second before" }
        keep(record)
        if isTooSoon { return false }
        lastLook = now
        pending = stall.began
        return true
    }

    /// The stall whose threads are to be looked at now.
    mutating func take() -> MonotonicTime? {
        defer { pending = nil }
        return pending
    }

    /// The threads were looked at. Returns a line for the log, unless one was written a short while ago.
    mutating func looked(_ look: Look, at began: MonotonicTime, now: MonotonicTime) -> Line? {
        guard let index = records.lastIndex(where: { $0.began == began }) else { return nil }
        records[index].tools = look.tools
        records[index].threads = look.threads
        records[index].unsampled = look.unsampled
        if let lastLine, now - lastLine < Self.betweenLines {
            unsaid += 1
            return nil
        }
        lastLine = now
        defer { unsaid = 0 }
        return Line(stall: record(records[index], at: now), unsaid: unsaid)
    }

    /// A stall is over, also one whose beginning nobody saw.
    mutating func ended(_ stall: ExecutorStall, wallTime: Int64) {
        guard let index = records.lastIndex(where: { $0.began == stall.began }) else {
            var record = StallRecord(began: stall.began, wallTime: wallTime - Int64(stall.duration / .milliseconds(1)), duration: stall.duration)
            record.hasEnded = true
            record.unsampled = "it was over before it was noticed"
            return keep(record)
        }
        records[index].duration = stall.duration
        records[index].hasEnded = true
    }

    /// The last stalls, oldest first, as they are at `now`.
    func records(at now: MonotonicTime) -> [StallRecord] { records.map { record($0, at: now) } }

    private func record(_ record: StallRecord, at now: MonotonicTime) -> StallRecord {
        guard !record.hasEnded else { return record }
        var record = record
        record.duration = max(record.duration, now - record.began)
        return record
    }

    private mutating func keep(_ record: StallRecord) {
        records.append(record)
        if records.count > Self.kept { records.removeFirst() }
    }
}
