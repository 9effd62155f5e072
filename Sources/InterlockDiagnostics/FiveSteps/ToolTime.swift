import InterlockConcurrency

/// Where the time of one operation goes, call by call, as the operating system counts it for the server's process. Times are in milliseconds a call.
public struct ToolTime: Sendable, Hashable {
    public var operation: String
    public var calls: Int
    /// From the question to the answer, at the median.
    public var wall: Double
    /// On a processor; `nil` when the process is not known.
    public var computing: Double?
    /// Ready to run, without a processor: all threads together, so it may be more than the call took.
    public var waitingForProcessor: Double?
    /// Times that a thread of the server gave its processor up because it had to wait.
    public var waits: Double?
    /// The thread that computed most, and the share of one processor it had.
    public var busiest: BusyThread?

    /// A thread by its name.
    public struct BusyThread: Sendable, Hashable {
        public var name: String
        public var share: Double

        public init(name: String, share: Double) {
            self.name = name
            self.share = share
        }
    }

    public init(
        operation: String, calls: Int, wall: Double, computing: Double? = nil, waitingForProcessor: Double? = nil, waits: Double? = nil,
        busiest: BusyThread? = nil
    ) {
        self.operation = operation
        self.calls = calls
        self.wall = wall
        self.computing = computing
        self.waitingForProcessor = waitingForProcessor
        self.waits = waits
        self.busiest = busiest
    }

    /// Puts together what the process used between two samples; both `nil` where no process is known.
    init(_ operation: String, latencies: [Double], _ before: ProcessSample?, _ after: ProcessSample?) {
        self.init(operation: operation, calls: latencies.count, wall: TheilSenSlope.median(latencies))
        guard let before, let after, !latencies.isEmpty else { return }
        let use = ProcessUse(before, after), count = Double(latencies.count)
        computing = use.cpu.map { $0 / count }
        waitingForProcessor = use.runQueue.map { $0 / count }
        if let later = after.voluntarySwitches, let earlier = before.voluntarySwitches { waits = Double(max(0, later - earlier)) / count }
        busiest = use.busiest.map { BusyThread(name: $0.name, share: $0.share) }
    }

    /// What is neither computing nor waiting for a processor: whatever the server asks, the network, and the caller itself.
    var elsewhere: Double { max(0, wall - (computing ?? 0) - (waitingForProcessor ?? 0)) }
}
