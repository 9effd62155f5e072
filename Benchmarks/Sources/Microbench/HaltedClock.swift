import InterlockConcurrency

/// A clock that stands still for whoever looks, while its timers run on the machine's clock.
///
/// The server lets handlers that have proved to be fast start on the thread that read their request. By this clock every
/// handler takes no time, so that counting allocations and instructions finds the same path in every run, however slow the machine.
struct HaltedClock: SchedulingClock {
    let now = SystemClock.shared.now

    var wallTime: Int64 { SystemClock.shared.wallTime }

    func schedule(at time: MonotonicTime, _ action: @escaping @Sendable () -> Void) -> ScheduledAction {
        SystemClock.shared.schedule(at: time, action)
    }
}
