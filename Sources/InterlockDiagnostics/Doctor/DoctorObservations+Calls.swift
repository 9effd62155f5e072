/// What was seen of calls: alone, at once, and refused. Times are in milliseconds.
extension DoctorObservations {
    /// One operation, alone and with several of its calls at once.
    public struct Concurrency: Sendable {
        public var operation: String
        /// Latencies of calls made one after the other.
        public var alone: [Double]
        /// How many were made at once in each batch.
        public var width: Int
        /// From the first call of a batch to the last answer.
        public var batches: [Double]
        /// Processor time of the server in all batches; `nil` when its process is not known.
        public var cpu: Double?
        /// Processor time of the server in all calls made one after the other.
        public var aloneCPU: Double?
        /// What the machine took of the batches together, and of the calls made one after the other.
        public var contention: Contention
        public var aloneContention: Contention
        /// The share of one processor that the busiest thread had.
        public var busiestThread: (name: String, share: Double)?
        /// Latencies of a trivial request while batches ran.
        public var beats: [Double]
        /// Calls without an answer in time.
        public var unanswered: Int
        /// How many of those made one after the other ended with an error; they are not among ``alone``.
        public var failedAlone = 0
        /// What was not served of all batches; `nil` where everything was.
        public var rejected: Rejected?
        /// Many more at once, of calls that are too quick to tell from a few; `nil` for others.
        public var wide: Wide?
        /// Bytes that the server read from storage and wrote to it in all batches; `nil` when that is not known.
        public var stored: Double?

        /// The same for one call.
        var storedPerCall: Double? { stored.map { $0 / Double(max(1, width * batches.count)) } }

        public init(
            operation: String, alone: [Double], width: Int, batches: [Double], cpu: Double? = nil, aloneCPU: Double? = nil,
            contention: Contention = Contention(), aloneContention: Contention = Contention(), busiestThread: (name: String, share: Double)? = nil,
            beats: [Double] = [], unanswered: Int = 0
        ) {
            self.operation = operation
            self.alone = alone
            self.width = width
            self.batches = batches
            self.cpu = cpu
            self.aloneCPU = aloneCPU
            self.contention = contention
            self.aloneContention = aloneContention
            self.busiestThread = busiestThread
            self.beats = beats
            self.unanswered = unanswered
        }
    }

    /// Calls made at once that were not served: what they took says nothing of those that are.
    public struct Rejected: Sendable, Hashable {
        /// How many ended with an error, and how many were refused by a server that has no room.
        public var failed: Int
        public var refused: Int
        /// How many were made.
        public var calls: Int
        /// What was said of the first.
        public var reason: String

        public init(failed: Int = 0, refused: Int = 0, of calls: Int, reason: String) {
            self.failed = failed
            self.refused = refused
            self.calls = calls
            self.reason = reason
        }
    }

    /// Many calls of one operation at once.
    public struct Wide: Sendable {
        public var width: Int
        /// From the first call of a batch to the last answer.
        public var batches: [Double]
        /// Processor time of the server in all batches, and of this program; `nil` when it is not known.
        public var cpu: Double?
        public var ownCPU: Double?
        public var contention: Contention
        /// Latencies of a trivial request meanwhile.
        public var beats: [Double]
        /// What was not served of all batches; `nil` where everything was.
        public var rejected: Rejected?

        public init(width: Int, batches: [Double], cpu: Double? = nil, ownCPU: Double? = nil, contention: Contention = Contention(), beats: [Double] = []) {
            self.width = width
            self.batches = batches
            self.cpu = cpu
            self.ownCPU = ownCPU
            self.contention = contention
            self.beats = beats
        }
    }

    /// Calls of a tool with arguments that its schema refuses, one after the other.
    public struct Refusals: Sendable {
        public var tool: String
        public var times: [Double]
        /// Processor time of the server in all of them; `nil` when its process is not known.
        public var cpu: Double?

        public init(tool: String, times: [Double], cpu: Double? = nil) {
            self.tool = tool
            self.times = times
            self.cpu = cpu
        }
    }
}
