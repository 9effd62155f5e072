public import InterlockConcurrency
import Synchronization

/// Measures how late the cooperative pool takes up a task that is ready, again and again, and tells when it is stuck.
///
/// ```swift
/// let probe = ExecutorDelayProbe { event in
///     if case .delay(let delay) = event { timer.recordNanoseconds(…) }
/// }
/// await probe.run()
/// ```
///
/// A task of the pool sleeps until a moment, and notes how much later it runs: what handlers that block the pool cost
/// everybody else. A watchdog on the clock's own thread notices a stall while it goes on, when nothing on the pool could.
/// One round at a time, so a probe costs a timer and a resumption per interval.
public final class ExecutorDelayProbe: Sendable {
    /// How often to look, and what is a stall.
    public struct Configuration: Sendable, Hashable {
        /// The time between rounds.
        public var interval: Duration
        /// From what delay on the pool counts as stalled.
        public var stallThreshold: Duration
        /// Stalls remembered; older ones are forgotten.
        public var keptStalls: Int

        /// Makes a configuration. The interval is at least a millisecond.
        public init(interval: Duration = .milliseconds(250), stallThreshold: Duration = .milliseconds(250), keptStalls: Int = 32) {
            self.interval = max(.milliseconds(1), interval)
            self.stallThreshold = max(.milliseconds(1), stallThreshold)
            self.keptStalls = keptStalls
        }
    }

    /// What the probe has to tell.
    public enum Event: Sendable, Hashable {
        /// A round is over: so late was the task. Told on the pool, for stalls too.
        case delay(Duration)
        /// The pool is stuck. Told on the clock's thread, while it is: must be short.
        case stallBegan(ExecutorStall)
        /// It moves again. Told on the pool, also for a stall whose beginning was not seen.
        case stallEnded(ExecutorStall)
    }

    /// What the probe has seen so far.
    public struct Snapshot: Sendable, Hashable {
        /// The delay of the last round.
        public var lastDelay: Duration
        /// The longest of all.
        public var longestDelay: Duration
        /// Stalls so far, those that are forgotten included.
        public var stallCount: Int
        /// The last stalls, oldest first.
        public var stalls: [ExecutorStall]
        /// The stall that goes on now.
        public var ongoing: ExecutorStall?
    }

    private let configuration: Configuration
    private let clock: any SchedulingClock
    private let onEvent: @Sendable (Event) -> Void
    private let machine: Mutex<ExecutorDelayStateMachine>

    /// Makes a probe that does nothing before ``run()``.
    public init(
        _ configuration: Configuration = .init(), clock: any SchedulingClock = SystemClock.shared,
        onEvent: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.clock = clock
        self.onEvent = onEvent
        machine = Mutex(ExecutorDelayStateMachine(threshold: configuration.stallThreshold, keptStalls: configuration.keptStalls))
    }

    /// What it has seen so far.
    public var snapshot: Snapshot {
        let now = clock.now
        return machine.withLock {
            Snapshot(
                lastDelay: $0.lastDelay, longestDelay: $0.longestDelay, stallCount: $0.stallCount, stalls: Array($0.stalls),
                ongoing: $0.ongoing(at: now))
        }
    }

    /// Probes until the task is cancelled. Must run on the pool it is to measure: the default, or the preferred executor of the task.
    @concurrent
    public func run() async {
        while !Task.isCancelled {
            let due = clock.now + configuration.interval
            machine.withLock { $0.begin(due: due) }
            let watchdog = clock.schedule(at: due + configuration.stallThreshold) { [self] in look(roundDue: due) }
            do {
                try await clock.sleep(until: due)
            } catch {
                // Cancelled: the probe ends in the middle of its round, which is how it is meant to end.
                watchdog.cancel()
                machine.withLock { $0.stop() }
                return
            }
            watchdog.cancel()
            let now = clock.now
            guard let (delay, ended) = machine.withLock({ $0.ran(now: now) }) else { continue }
            onEvent(.delay(delay))
            if let ended { onEvent(.stallEnded(ended)) }
        }
    }

    private func look(roundDue: MonotonicTime) {
        let now = clock.now
        if let stall = machine.withLock({ $0.look(roundDue: roundDue, now: now) }) { onEvent(.stallBegan(stall)) }
    }
}
