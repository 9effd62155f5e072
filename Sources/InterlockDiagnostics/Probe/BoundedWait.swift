import InterlockConcurrency
import Synchronization

/// Waits for work no longer than it is told to, whether or not the work hears that it is cancelled.
enum BoundedWait {
    /// What `work` returns; nil when it has not within `limit`, or when the waiting task was cancelled.
    ///
    /// Work that is given up is cancelled and left behind: a name service or a child that hangs must not hold up who asks about it.
    static func value<Value: Sendable>(
        within limit: Duration, clock: any SchedulingClock, _ work: @escaping @Sendable () async -> Value
    ) async -> Value? {
        let answer = FirstAnswer<Value>()
        // Awaited through its answer.
        let task = Task { answer.give(await work()) }
        let timer = clock.schedule(after: limit) { answer.give(nil) }
        let value = await answer.waiter.wait { answer.give(nil) }
        timer.cancel()
        task.cancel()
        return value
    }

    /// A cell for which several may answer; the first counts.
    private final class FirstAnswer<Value: Sendable>: Sendable {
        let waiter = Waiter<Value?>()
        private let isGiven = Mutex(false)

        func give(_ value: Value?) {
            let isFirst = isGiven.withLock { isGiven in
                defer { isGiven = true }
                return !isGiven
            }
            if isFirst { waiter.resolve(value) }
        }
    }
}
