import InterlockConcurrency

/// What a process used between two samples, in milliseconds.
struct ProcessUse {
    var cpu: Double?
    var runQueue: Double?
    var busiest: (name: String, share: Double)?
    private let wall: Double

    init(_ before: ProcessSample, _ after: ProcessSample) {
        wall = max((after.time - before.time).inMilliseconds, 0.001)
        let old = Dictionary(before.threadUse.map { ($0.id, $0.cpuNanoseconds) }) { first, _ in first }
        let threads = after.threadUse.map { (name: $0.name, time: Double(max(0, $0.cpuNanoseconds - (old[$0.id] ?? 0))) / 1e6) }
        guard !threads.isEmpty else { return }
        cpu = threads.reduce(0) { $0 + $1.time }
        busiest = threads.max { $0.time < $1.time }.map { ($0.name, $0.time / wall) }
        if let later = after.runQueueNanoseconds, let earlier = before.runQueueNanoseconds { runQueue = Double(max(0, later - earlier)) / 1e6 }
    }

    var cpuShare: Double? { cpu.map { $0 / wall } }
    var runQueueShare: Double? { runQueue.map { $0 / wall } }
}
