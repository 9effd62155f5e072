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
    /// Time that threads were ready to run and had no processor, added up.
    public var runQueue: Double?
    /// Times that a thread gave its processor up because it had to wait, and times that it was taken away.
    public var voluntarySwitches: Double?
    public var involuntarySwitches: Double?
    /// Bytes read from storage and written to it.
    public var stored: Double?

    /// - Parameters:
    ///   - before: a sample at the beginning.
    ///   - after: one of the same process at the end.
    public init(_ before: ProcessSample, _ after: ProcessSample) {
        let use = ProcessUse(before, after)
        seconds = (after.time - before.time).inMilliseconds / 1000
        (resident, proportional, privateDirty) = (after.resident, after.proportional, after.privateDirty)
        (descriptors, threads, children) = (after.descriptors, after.threads, after.children)
        (cpu, runQueue, stored) = (use.cpu, use.runQueue, use.stored)
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
        ].compactMap(\.self)
    }
}
