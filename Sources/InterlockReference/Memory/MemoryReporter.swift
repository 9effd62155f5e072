import InterlockConcurrency
import InterlockServer
import Logging

/// Writes one line about memory to the log at every interval.
struct MemoryReporter: Sendable {
    var interval = Duration.seconds(60)
    var clock: any SchedulingClock
    var logger: Logger
    /// Measures the process; `nil` where it cannot be measured.
    var measure: @Sendable () -> MemoryUsage?
    /// What the server holds at that moment, told beside it.
    var load: @Sendable () -> ServerSnapshot

    /// Reports until the task is cancelled; the first line comes after one interval.
    func run() async {
        while true {
            do { try await clock.sleep(for: interval) } catch { return }
            guard let usage = measure() else { continue }
            let load = load()
            logger.info("memory usage", metadata: [
                "event": "memory_usage", "in_use_bytes": .stringConvertible(usage.inUse), "arena_bytes": .stringConvertible(usage.arena),
                "rss_bytes": .stringConvertible(usage.resident), "other_mapped_bytes": .stringConvertible(usage.otherMapped),
                "sessions": .stringConvertible(load.sessions), "calls_in_flight": .stringConvertible(load.callsInFlight),
                "calls_waiting": .stringConvertible(load.admission.waiting), "pending_bytes": .stringConvertible(load.pendingBytes),
            ])
        }
    }
}
