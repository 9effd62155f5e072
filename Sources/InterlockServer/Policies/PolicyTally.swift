import Synchronization

/// Counts what the policies of a tool did that keep no state of their own. Counted where something is refused, ends or repeats, never on the usual way.
final class PolicyTally: Sendable {
    private let lockRefusals = Atomic<Int>(0)
    private let timeouts = Atomic<Int>(0)
    private let shed = Atomic<Int>(0)
    private let shadowRefusals = Atomic<Int>(0)
    private let replays = Atomic<Int>(0)
    private let workerRuns = Atomic<Int>(0)
    private let workerRefusals = Atomic<Int>(0)

    func countLockRefusal() { lockRefusals.add(1, ordering: .relaxed) }
    func countTimeout() { timeouts.add(1, ordering: .relaxed) }
    func countShadowRefusal() { shadowRefusals.add(1, ordering: .relaxed) }
    func countShed() { shed.add(1, ordering: .relaxed) }
    func countReplay() { replays.add(1, ordering: .relaxed) }
    func countWorkerRun() { workerRuns.add(1, ordering: .relaxed) }
    func countWorkerRefusal() { workerRefusals.add(1, ordering: .relaxed) }

    var events: PolicyEvents {
        PolicyEvents(
            lockRefusals: lockRefusals.load(ordering: .relaxed), timeouts: timeouts.load(ordering: .relaxed),
            shed: shed.load(ordering: .relaxed), shadowRefusals: shadowRefusals.load(ordering: .relaxed), replays: replays.load(ordering: .relaxed),
            workerRuns: workerRuns.load(ordering: .relaxed), workerRefusals: workerRefusals.load(ordering: .relaxed))
    }
}

/// What the policies of a tool have done since it was offered, where they keep no state of their own.
public struct PolicyEvents: Sendable, Hashable {
    /// Calls that found the line for their locks full, or whose deadline passed in it: `exclusive`, `queue`.
    public var lockRefusals: Int
    /// Handlers that had not returned in time: `timeout`. Calls that share a run count once.
    public var timeouts: Int
    /// Calls turned away because the server was overloaded: `sheddable`.
    public var shed: Int
    /// Calls beyond a `rate` in shadow mode, which ran all the same.
    public var shadowRefusals: Int
    /// Calls that were given the answer of an earlier one: `idempotent`.
    public var replays: Int
    /// Handlers that were run on worker threads: `onWorkers`.
    public var workerRuns: Int
    /// Calls that found the line for the worker threads full, or whose deadline passed in it: `onWorkers`, `queue`.
    public var workerRefusals: Int
}
