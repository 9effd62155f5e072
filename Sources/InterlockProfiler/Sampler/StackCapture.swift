import CSampler
import InterlockConcurrency

/// One look at the stacks of threads that run or wait, in this process.
public struct StackCapture: Sendable {
    /// A thread's stack.
    public struct Thread: Sendable, Hashable {
        /// The kernel's id of the thread.
        public var id: Int32
        /// Its functions, outermost first.
        public var frames: [StackFrame]

        /// Makes a stack.
        public init(id: Int32, frames: [StackFrame]) {
            self.id = id
            self.frames = frames
        }
    }

    private static let mostThreads = 64
    private static let patience = Duration.milliseconds(50)

    /// The kernel's id of the calling thread; 0 where nothing can be sampled.
    public static var thisThread: Int32 { interlock_this_thread() }

    /// Looks at all threads but the calling one: those in `first` before others, 64 at most. Blocks for up to 50 ms, and for as
    /// long as it takes to read symbols; for a thread of its own.
    ///
    /// Each thread gets a signal, which ends a `sleep` it may be in before its time; system calls that can be taken up again are.
    /// Threads that do not answer are left out: those that block SIGPROF, or that did not get a processor meanwhile.
    ///
    /// - Throws: ``SamplingError``, also when another capture is under way.
    public static func take(first: Set<Int32> = []) throws(SamplingError) -> [Thread] {
        guard interlock_sampler_is_supported() else { throw .unsupported }
        guard let ring = SampleRing(slots: UInt32(mostThreads)) else { throw SamplingError(.refused, "there is no memory for samples") }
        try ring.attach(.capture)
        let threads = ProcessThreads.current().subtracting([interlock_this_thread()])
        let known = threads.intersection(first).sorted()
        var awaited: Set<Int32> = []
        for thread in (known + threads.subtracting(known).sorted()).prefix(mostThreads) where interlock_signal_thread(thread) == 0 { awaited.insert(thread) }
        var stacks: [(thread: Int32, stack: RawStack)] = []
        let parker = ThreadParker()
        let deadline = SystemClock.shared.now + patience
        repeat {
            parker.park(until: SystemClock.shared.now + .milliseconds(1))
            ring.drain { thread, _, stack in
                awaited.remove(thread)
                stacks.append((thread, stack))
            }
        } while !awaited.isEmpty && SystemClock.shared.now < deadline
        ring.detach(.capture)
        var symbols = StackSymbols()
        symbols.read(stacks.map(\.stack))
        return stacks.map { Thread(id: $0.thread, frames: symbols.frames(of: $0.stack)) }
    }
}
