public import InterlockConcurrency

/// What the operating system knew of this machine's processors, and of this program's share of them, at one moment.
///
/// Members that could not be read are `nil` or empty, never zero.
public struct MachineSample: Sendable, Hashable {
    public var time: MonotonicTime
    /// Processors that threads may run on.
    public var processors: Int
    /// Time that the hypervisor gave to other machines, of all processors together, in nanoseconds.
    public var stolenNanoseconds: Int64?
    /// Time in which at least one thread of the machine waited for a processor, in nanoseconds.
    public var pressureNanoseconds: Int64?
    /// Time that each thread of this program was ready to run and had no processor, in nanoseconds.
    public var ownWaits: [Int32: Int64]
    /// Processor time of this program, in nanoseconds.
    public var ownNanoseconds: Int64?

    public init(
        time: MonotonicTime, processors: Int, stolenNanoseconds: Int64? = nil, pressureNanoseconds: Int64? = nil, ownWaits: [Int32: Int64] = [:],
        ownNanoseconds: Int64? = nil
    ) {
        self.time = time
        self.processors = processors
        self.stolenNanoseconds = stolenNanoseconds
        self.pressureNanoseconds = pressureNanoseconds
        self.ownWaits = ownWaits
        self.ownNanoseconds = ownNanoseconds
    }
}
