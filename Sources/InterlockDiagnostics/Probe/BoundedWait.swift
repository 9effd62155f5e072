import InterlockConcurrency
import Synchronization

/// Waits for work no longer than it is told to, whether or not the work hears that it is cancelled.
enum BoundedWait {
    /// What `work` returns; nil when it has not within `limit`, or when the waiting task was cancelled.
    ///
    /// Work that is given up is cancelled and left behind: a name service or a child that hangs must not hold up who asks about it.
    ///
    /// - Parameter cleanup: how long it is waited for when the waiting task was cancelled, so that it ends what it has started before the program does.
    static func value<Value: Sendable>(
        within limit: Duration, cleanup: Duration = .zero, clock: any SchedulingClock, _ work: @escaping @Sendable () async -> Value
    ) async -> Value? {
        let answer = FirstAnswer<Value>()
        // Awaited through its answer.
        let task = Task { answer.give(await work()) }
        let timer = clock.schedule(after: limit) { answer.give(nil) }
        let value = await answer.waiter.wait { answer.give(nil) }
        timer.cancel()
        task.cancel()
        if value == nil, cleanup > .zero, Task.isCancelled { await wait(for: task, within: cleanup, clock: clock) }
        return value
    }

    /// Waits for the end of a task, also where this one is cancelled.
    private static func wait(for task: Task<Void, Never>, within limit: Duration, clock: any SchedulingClock) async {
        let end = FirstAnswer<Bool>()
        // Awaited through its answer, or left behind with the task it waits for.
        Task {
            await task.value
            end.give(true)
        }
        let timer = clock.schedule(after: limit) { end.give(false) }
        _ = await end.waiter.suspend()
        timer.cancel()
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
