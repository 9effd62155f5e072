import InterlockConcurrency

/// A process with its descendants over a stretch of time: what it has at the end, and what it used meanwhile.
///
/// Memory is in bytes, time in milliseconds. Members that could not be read are `nil`, never zero.
public struct ProcessSummary: Sendable, Hashable {
    public var seconds: Double
    /// At the end; see ``ProcessSample``.
    public var resident: Int?
    public var proportional: Int?
    public var privateDirty: Int?
    public var descriptors: Int?
    public var threads: Int?
    public var children: Int?
    /// Processor time, with that of threads and children that have ended.
    public var cpu: Double?
    /// That of each thread that lives at the end and computed at all, the busiest first: ``mostThreads`` at most.
    public var cpuByThread: [ThreadTime] = []
    /// Time that threads were ready to run and had no processor, added up.
    public var runQueue: Double?
    /// Times that a thread gave its processor up because it had to wait, and times that it was taken away.
    public var voluntarySwitches: Double?
    public var involuntarySwitches: Double?
    /// Bytes read from storage and written to it.
    public var stored: Double?

    /// The processor time of one thread.
    public struct ThreadTime: Sendable, Hashable {
        public var id: Int32
        public var name: String
        /// Milliseconds.
        public var cpu: Double

        public init(id: Int32, name: String, cpu: Double) {
            self.id = id
            self.name = name
            self.cpu = cpu
        }
    }

    /// How many threads are told apart.
    public static let mostThreads = 8

    /// - Parameters:
    ///   - before: a sample at the beginning.
    ///   - after: one of the same process at the end.
    public init(_ before: ProcessSample, _ after: ProcessSample) {
        let use = ProcessUse(before, after)
        seconds = (after.time - before.time).inMilliseconds / 1000
        (resident, proportional, privateDirty) = (after.resident, after.proportional, after.privateDirty)
        (descriptors, threads, children) = (after.descriptors, after.threads, after.children)
        (cpu, runQueue, stored) = (use.cpu, use.runQueue, use.stored)
        cpuByThread = use.threads.prefix(Self.mostThreads).filter { $0.cpu > 0 }
        (voluntarySwitches, involuntarySwitches) = (use.voluntarySwitches, use.involuntarySwitches)
    }

    /// Each figure that is known, with a name that programs may match.
    public var figures: [DoctorFinding.Figure] {
        func figure(_ name: String, _ value: Double?, _ unit: String = "") -> DoctorFinding.Figure? { value.map { .init(name, $0, unit) } }
        func count(_ name: String, _ value: Int?, _ unit: String = "") -> DoctorFinding.Figure? { figure(name, value.map(Double.init), unit) }
        return [
            figure("seconds", seconds, "s"), count("resident", resident, "bytes"), count("proportional", proportional, "bytes"),
            count("private dirty", privateDirty, "bytes"), count("descriptors", descriptors), count("threads", threads), count("children", children),
            figure("processor time", cpu, "ms"), figure("waited for a processor", runQueue, "ms"), figure("voluntary switches", voluntarySwitches),
            figure("involuntary switches", involuntarySwitches), figure("storage", stored, "bytes"),
        ].compactMap(\.self) + cpuByThread.map { .init("processor time of thread \($0.id) (\($0.name))", $0.cpu, "ms") }
    }
}
