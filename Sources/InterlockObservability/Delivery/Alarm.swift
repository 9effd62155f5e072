import InterlockConcurrency
import Synchronization

/// A bed for one sleeper at a time, who may be woken before its hour.
///
/// Ringing while nobody sleeps is remembered once, so a sleeper never misses what happened just before it lay down. It may
/// wake for no reason; look at what there is to do, not at why it woke.
final class Alarm: Sendable {
    private enum State {
        case idle, rung
        case asleep(Waiter<Bool>)
    }

    private let state = Mutex(State.idle)

    /// Wakes the sleeper, or the next one at once.
    func ring() {
        let waiter: Waiter<Bool>? = state.withLock { state in
            switch state {
            case .idle, .rung:
                state = .rung
                return nil
            case .asleep(let waiter):
                state = .idle
                return waiter
            }
        }
        waiter?.resolve(true)
    }

    /// Sleeps until the time, until it rings, or until the task is cancelled.
    func sleep(until time: MonotonicTime, clock: any SchedulingClock) async {
        let waiter = Waiter<Bool>()
        let sleeps = state.withLock { state in
            switch state {
            case .rung:
                state = .idle
                return false
            case .idle:
                state = .asleep(waiter)
                return true
            case .asleep:
                preconditionFailure("two sleep in one bed")
            }
        }
        guard sleeps else { return }
        let timer = time == .distantFuture ? nil : clock.schedule(at: time) { self.ring() }
        _ = await waiter.wait { self.ring() }
        timer?.cancel()
    }
}
