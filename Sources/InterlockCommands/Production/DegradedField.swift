import InterlockConcurrency
import Synchronization

/// `Interlock-Store: degraded` while what the instances share cannot be reached: answers then come of fallbacks, and some calls are refused.
///
/// Looks at most every 100 ms, as it is asked for each response.
final class DegradedField: Sendable {
    private struct State: Sendable {
        var isDegraded = false
        var lookAgain = MonotonicTime(nanoseconds: .min)
    }

    static let interval = Duration.milliseconds(100)
    static let fields = [(name: "Interlock-Store", value: "degraded")]

    private let look: @Sendable () -> Bool
    private let clock: any SchedulingClock
    private let state = Mutex(State())

    /// - Parameter look: whether a store is out of reach now.
    init(clock: any SchedulingClock = SystemClock.shared, look: @escaping @Sendable () -> Bool) {
        self.clock = clock
        self.look = look
    }

    /// What is to be said now: one field, or nothing.
    var fields: [(name: String, value: String)] {
        let now = clock.now
        let (isDegraded, isDue) = state.withLock { state in
            let isDue = now >= state.lookAgain
            if isDue { state.lookAgain = now + Self.interval }
            return (state.isDegraded, isDue)
        }
        guard isDue else { return isDegraded ? Self.fields : [] }
        let found = look()
        state.withLock { $0.isDegraded = found }
        return found ? Self.fields : []
    }
}
