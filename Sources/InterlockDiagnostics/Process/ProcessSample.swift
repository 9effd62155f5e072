public import InterlockConcurrency

/// What the operating system knew of a process, with all its descendants, at one moment.
///
/// Memory is in bytes. Members that could not be read are `nil`, never zero.
public struct ProcessSample: Sendable, Hashable {
    /// One thread and the processor time it has used.
    public struct ThreadUse: Sendable, Hashable {
        public var id: Int32
        public var name: String
        /// Processor time since the thread began, in nanoseconds.
        public var cpuNanoseconds: Int64

        public init(id: Int32, name: String, cpuNanoseconds: Int64) {
            self.id = id
            self.name = name
            self.cpuNanoseconds = cpuNanoseconds
        }
    }

    public var time: MonotonicTime
    /// Resident memory, shared pages included.
    public var resident: Int?
    /// Resident memory, shared pages divided among those who share them.
    public var proportional: Int?
    /// Pages that only this process has and has written: what a leak in it adds to.
    public var privateDirty: Int?
    /// Resident memory that no file stands behind: heaps and stacks.
    public var anonymous: Int?
    public var descriptors: Int?
    public var threads: Int?
    public var children: Int?
    /// Time threads were ready to run and had no processor, since each began, in nanoseconds.
    public var runQueueNanoseconds: Int64?
    public var voluntarySwitches: Int?
    public var involuntarySwitches: Int?
    /// The threads of the process and its descendants.
    public var threadUse: [ThreadUse]
    /// Processor time of the process and its descendants in nanoseconds, with that of threads that have ended and of children that were waited for: in
    /// steps of a clock tick, mostly 10 ms, where ``threadUse`` is exact and forgets who has ended.
    public var processNanoseconds: Int64?
    /// Bytes that storage was asked for, and was given: not those that were in memory already, and nothing of sockets and pipes.
    public var readBytes: Int?
    public var writtenBytes: Int?
    /// When each of the processes began, in clock ticks since the machine did: another value for the same id is another process.
    public var began: [Int32: Int]

    public init(
        time: MonotonicTime, resident: Int? = nil, proportional: Int? = nil, privateDirty: Int? = nil, anonymous: Int? = nil,
        descriptors: Int? = nil, threads: Int? = nil, children: Int? = nil, runQueueNanoseconds: Int64? = nil,
        voluntarySwitches: Int? = nil, involuntarySwitches: Int? = nil, threadUse: [ThreadUse] = [], processNanoseconds: Int64? = nil,
        readBytes: Int? = nil, writtenBytes: Int? = nil, began: [Int32: Int] = [:]
    ) {
        self.time = time
        self.resident = resident
        self.proportional = proportional
        self.privateDirty = privateDirty
        self.anonymous = anonymous
        self.descriptors = descriptors
        self.threads = threads
        self.children = children
        self.runQueueNanoseconds = runQueueNanoseconds
        self.voluntarySwitches = voluntarySwitches
        self.involuntarySwitches = involuntarySwitches
        self.threadUse = threadUse
        self.processNanoseconds = processNanoseconds
        self.readBytes = readBytes
        self.writtenBytes = writtenBytes
        self.began = began
    }

    /// Processor time in nanoseconds: of all threads that live, or of the processes where that is more; `nil` when neither could be read.
    public var cpuNanoseconds: Int64? {
        let living = threadUse.isEmpty ? nil : threadUse.reduce(0) { $0 + $1.cpuNanoseconds }
        return [living, processNanoseconds].compactMap(\.self).max()
    }
}

/// Reads a process; a file system of the operating system, or a script in tests.
public protocol ProcessReading: Sendable {
    /// A sample of the process and its descendants, or `nil` when the process has ended or may not be read.
    func sample() -> ProcessSample?
    /// What runs the process, as far as it shows.
    var runtime: ServerRuntimeKind { get }
    /// Its id.
    var processIdentifier: Int32 { get }
    /// The id of the server itself, for advice that names it: another where the process only starts it. By default the process's own.
    var serverIdentifier: Int32 { get }
}

extension ProcessReading {
    public var serverIdentifier: Int32 { processIdentifier }
}
