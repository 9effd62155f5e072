/// What this process uses of the machine: memory, processor time, threads, descriptors.
public struct ProcessStatistics: Sendable, Hashable {
    /// Bytes in memory, shared pages included (RSS).
    public var residentBytes: Int
    /// Bytes in memory with shared pages counted by the share of this process (PSS); `nil` when it was not asked for or cannot be told.
    public var proportionalBytes: Int?
    /// Processor time spent in the program itself.
    public var userTime: Duration
    /// Processor time the system spent on behalf of the program.
    public var systemTime: Duration
    /// Threads that exist now.
    public var threads: Int
    /// Descriptors that are open now.
    public var openDescriptors: Int
    /// Descriptors that may be open at a time; `nil` without a limit.
    public var descriptorLimit: Int?

    /// Makes a value; for tests of what reads it.
    public init(
        residentBytes: Int, proportionalBytes: Int? = nil, userTime: Duration = .zero, systemTime: Duration = .zero, threads: Int = 1,
        openDescriptors: Int = 0, descriptorLimit: Int? = nil
    ) {
        self.residentBytes = residentBytes
        self.proportionalBytes = proportionalBytes
        self.userTime = userTime
        self.systemTime = systemTime
        self.threads = threads
        self.openDescriptors = openDescriptors
        self.descriptorLimit = descriptorLimit
    }
}
