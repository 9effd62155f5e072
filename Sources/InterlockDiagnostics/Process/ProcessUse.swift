import InterlockConcurrency

/// What a process used between two samples, in milliseconds.
struct ProcessUse {
    /// Time is counted in ticks of 10 ms where it includes who has ended: less than two of them more is rounding.
    static let rounding = 20.0

    var cpu: Double?
    var runQueue: Double?
    /// Processor time of each thread that lives at the end; the busiest first.
    var threads: [ProcessSummary.ThreadTime] = []
    /// Times that a thread gave its processor up because it had to wait, and times that it was taken away.
    var voluntarySwitches: Double?
    var involuntarySwitches: Double?
    /// Bytes that were read from storage and written to it.
    var stored: Double?
    private let wall: Double

    init(_ before: ProcessSample, _ after: ProcessSample) {
        wall = max((after.time - before.time).inMilliseconds, 0.001)
        func more(_ value: KeyPath<ProcessSample, Int?>) -> Double? {
            guard let later = after[keyPath: value], let earlier = before[keyPath: value] else { return nil }
            return Double(max(0, later - earlier))
        }
        voluntarySwitches = more(\.voluntarySwitches)
        involuntarySwitches = more(\.involuntarySwitches)
        stored = more(\.readBytes).map { $0 + (more(\.writtenBytes) ?? 0) }
        let old = Dictionary(before.threadUse.map { ($0.id, $0.cpuNanoseconds) }) { first, _ in first }
        threads = after.threadUse.map { .init(id: $0.id, name: $0.name, cpu: Double(max(0, $0.cpuNanoseconds - (old[$0.id] ?? 0))) / 1e6) }
            .sorted { ($0.cpu, $1.id) > ($1.cpu, $0.id) }
        guard !threads.isEmpty else { return }
        let living = threads.reduce(0) { $0 + $1.cpu }
        cpu = living
        // A tool that starts a thread or a child for each call computes in what has ended when the next sample is taken.
        if let later = after.processNanoseconds, let earlier = before.processNanoseconds {
            let all = Double(max(0, later - earlier)) / 1e6
            if all > living + Self.rounding { cpu = all }
        }
        if let later = after.runQueueNanoseconds, let earlier = before.runQueueNanoseconds { runQueue = Double(max(0, later - earlier)) / 1e6 }
    }

    var busiest: (name: String, share: Double)? { threads.first.map { ($0.name, $0.cpu / wall) } }
    var cpuShare: Double? { cpu.map { $0 / wall } }
    var runQueueShare: Double? { runQueue.map { $0 / wall } }
}
