import InterlockConcurrency
import Synchronization

/// Ticks every ten milliseconds beside an examination, on the executor and the clock that its answers wait for as well, and remembers how late it was.
final class OwnTicker: Sendable {
    static let interval = Duration.milliseconds(10)

    private let clock: any SchedulingClock
    private let lateness = Mutex(OwnLateness())

    init(clock: any SchedulingClock) { self.clock = clock }

    /// Ticks until the flag is set, or the task is cancelled.
    func run(until stop: StopFlag) async {
        while !stop.isSet {
            let due = clock.now + Self.interval
            lateness.withLock { $0.expect(at: due) }
            do { try await clock.sleep(until: due) } catch { return }
            let now = clock.now
            lateness.withLock { $0.tick(at: now) }
        }
    }

    /// How late each tick was until now.
    var ticks: LatencyHistogram { lateness.withLock { $0.ticks } }

    /// The longest that one tick was overdue since `begin`, in milliseconds.
    func longest(since begin: MonotonicTime) -> Double {
        let now = clock.now
        return lateness.withLock { $0.longest(from: begin, to: now) }.inMilliseconds
    }
}
