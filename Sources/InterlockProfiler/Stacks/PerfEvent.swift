/// One line or stack of what `perf script` prints.
public enum PerfEvent: Sendable, Hashable {
    /// A stack, taken while the thread ran, or as it left the processor.
    case sample(PerfSample)
    /// The thread came back to a processor, at this time in nanoseconds.
    case switchedIn(thread: Int32, time: Int64)
    /// The thread has left its processor: another took it although there was more to do, or there was something to wait for.
    case switchedOut(thread: Int32, preempted: Bool)
    /// The kernel dropped this many samples or records because they were not taken fast enough.
    case lost(Int)
}

/// A stack that perf has taken.
public struct PerfSample: Sendable, Hashable {
    /// The thread's name.
    public var name: String
    public var process: Int32
    public var thread: Int32
    /// Nanoseconds of perf's clock.
    public var time: Int64
    /// Outermost first; empty when the stack could not be taken.
    public var frames: [StackFrame]

    /// Whether the stack was walked into code without frame pointers: a single frame of the process itself, or one at an address that is no code.
    public var isBroken: Bool {
        let user = frames.filter { $0.module != "[kernel]" }
        return user.count == 1 || user.contains { $0.module == "[unknown]" }
    }
}
