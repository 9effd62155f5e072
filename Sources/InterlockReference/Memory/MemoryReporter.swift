import InterlockConcurrency
import Logging

/// Writes one line about memory to the log at every interval.
struct MemoryReporter: Sendable {
    var interval = Duration.seconds(60)
    var clock: any SchedulingClock
    var logger: Logger
    /// Measures the process; `nil` where it cannot be measured.
    var measure: @Sendable () -> MemoryUsage?

    /// Reports until the task is cancelled; the first line comes after one interval.
    func run() async {
        while true {
            do { try await clock.sleep(for: interval) } catch { return }
            guard let usage = measure() else { continue }
            logger.info("memory usage", metadata: [
                "event": "memory_usage", "in_use_bytes": .stringConvertible(usage.inUse), "arena_bytes": .stringConvertible(usage.arena),
                "rss_bytes": .stringConvertible(usage.resident), "other_mapped_bytes": .stringConvertible(usage.otherMapped),
            ])
        }
    }
}
