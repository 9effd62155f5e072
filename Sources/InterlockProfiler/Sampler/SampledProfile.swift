/// Where the processor time of this process went for a while.
public struct SampledProfile: Sendable, Hashable {
    /// A stack, and how many samples it stands for.
    public struct Stack: Sendable, Hashable {
        /// The functions, outermost first.
        public var frames: [StackFrame]
        /// Samples of this stack.
        public var count: Int

        /// Makes a stack.
        public init(frames: [StackFrame], count: Int) {
            self.frames = frames
            self.count = count
        }
    }

    /// How long samples were taken.
    public var duration: Duration
    /// Samples for each second of processor time that were asked for.
    public var rate: Int
    /// Samples that are missing: there was no room for them.
    public var dropped: Int
    /// Threads that could not be sampled: the system refused them a timer (RLIMIT_SIGPENDING), or there were too many.
    public var unsampledThreads: Int
    /// The stacks, most frequent first.
    public var stacks: [Stack]

    /// Makes a profile.
    public init(duration: Duration, rate: Int, dropped: Int = 0, unsampledThreads: Int = 0, stacks: [Stack]) {
        self.duration = duration
        self.rate = rate
        self.dropped = dropped
        self.unsampledThreads = unsampledThreads
        self.stacks = stacks
    }

    /// Samples in all stacks.
    public var samples: Int { stacks.reduce(0) { $0 + $1.count } }

    /// The same, for a flame graph.
    public var folded: FoldedStacks {
        var folded = FoldedStacks()
        for stack in stacks { folded.add(stack.frames, count: stack.count) }
        return folded
    }
}
