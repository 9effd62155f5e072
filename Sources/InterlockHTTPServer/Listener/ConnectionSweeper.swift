import InterlockConcurrency
import Synchronization

/// Has every loop look over its connections at a steady pace: the one timer behind all deadlines and heartbeats.
///
/// A request costs no timer; it writes down when something began, and the sweep compares. What is due is therefore found up
/// to one interval late.
final class ConnectionSweeper: Sendable {
    private struct State {
        var next: ScheduledAction?
        var isStopped = false
    }

    private let core: ServerCore
    private let loops: [ServerLoop]
    private let interval: Duration
    private let state = Mutex(State())

    init(core: ServerCore, loops: [ServerLoop], interval: Duration) {
        self.core = core
        self.loops = loops
        self.interval = interval
    }

    func start() {
        state.withLock { scheduleNext(&$0) }
    }

    /// After this no loop is asked for anything any more.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.next?.cancel()
            state.next = nil
        }
    }

    private func scheduleNext(_ state: inout State) {
        guard !state.isStopped else { return }
        state.next = core.clock.schedule(after: interval) { self.sweep() }
    }

    private func sweep() {
        core.admission.expire(now: core.clock.now)
        // Under the lock, so that the loops outlive what is queued on them.
        state.withLock { state in
            guard !state.isStopped else { return }
            scheduleNext(&state)
            for loop in loops { loop.sweep(core.clock) }
        }
    }
}
