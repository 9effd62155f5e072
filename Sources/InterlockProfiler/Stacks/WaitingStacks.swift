/// Sums how long threads were off their processors, by the stack they left with. Pure.
///
/// A stack is taken as a thread leaves, and its time counts when the thread is seen to come back. Threads that never come back, because nothing is asked
/// of them, count for nothing. The table has one place for each thread.
public struct WaitingStacks: Sendable {
    private var away: [Int32: (since: Int64, stack: [StackFrame])] = [:]
    /// Microseconds by stack.
    public private(set) var stacks = FoldedStacks()

    /// Begins with every thread at work.
    public init() {}

    /// The thread leaves its processor at this time in nanoseconds.
    public mutating func left(thread: Int32, time: Int64, stack: [StackFrame]) { away[thread] = (time, stack) }

    /// It had more to do, but another thread was given its processor: it waits for no event.
    public mutating func preempted(thread: Int32) { away[thread]?.stack.append(StackFrame(symbol: "(waiting for a processor)")) }

    /// The thread is back; one that was not seen to leave counts for nothing.
    public mutating func returned(thread: Int32, time: Int64) {
        guard let (since, stack) = away.removeValue(forKey: thread) else { return }
        stacks.add(stack, count: Int(clamping: (time - since) / 1_000))
    }
}
