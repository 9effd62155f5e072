import InterlockConcurrency
import Synchronization

/// When a session that is live here is to be compared with its record before it is used, since it may have ended on another instance unheard: after a
/// gap in what the others say, and now and then where they are not heard at all.
///
/// Looked at with each use of the session, without a lock. Requests that come while a session is being compared are compared by themselves.
struct SessionCheck: ~Copyable, Sendable {
    /// How often where the others are not heard, and how soon again where the store did not answer.
    static let interval = Duration.seconds(1)

    /// The gaps that the last comparison has covered.
    private let coveredGaps: Atomic<Int>
    /// Until when a comparison counts where the others are not heard. Nanoseconds of the server's clock, as below.
    private let freshUntil: Atomic<Int64>
    /// Until when a store that did not answer is left in peace.
    private let postponedUntil = Atomic<Int64>(.min)

    /// - Parameters:
    ///   - gaps: those there were before the record was written or read.
    ///   - now: when that was.
    init(gaps: Int, now: MonotonicTime) {
        coveredGaps = Atomic(gaps)
        freshUntil = Atomic((now + Self.interval).nanoseconds)
    }

    /// Whether the session has to be compared before it is used.
    func isDue(_ hearing: InstanceHearing, now: MonotonicTime) -> Bool {
        if hearing.isListening {
            return coveredGaps.load(ordering: .relaxed) != hearing.gaps && now.nanoseconds >= postponedUntil.load(ordering: .relaxed)
        }
        return now.nanoseconds >= freshUntil.load(ordering: .relaxed)
    }

    /// The record was found; `gaps` are those there were before it was read.
    func passed(gaps: Int, now: MonotonicTime) {
        coveredGaps.store(gaps, ordering: .relaxed)
        freshUntil.store((now + Self.interval).nanoseconds, ordering: .relaxed)
    }

    /// The store did not answer.
    func failed(now: MonotonicTime) {
        let next = (now + Self.interval).nanoseconds
        freshUntil.store(next, ordering: .relaxed)
        postponedUntil.store(next, ordering: .relaxed)
    }
}
