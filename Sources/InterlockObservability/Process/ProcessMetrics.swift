public import InterlockConcurrency
import Synchronization

/// Exports what this process uses, read at most once a second however often it is scraped.
///
/// `interlock_process_resident_bytes`, `interlock_process_cpu_seconds_total` by `mode`, `interlock_process_threads`,
/// `interlock_process_open_descriptors`, `interlock_process_descriptors_limit`. Where the system tells nothing, the metrics
/// stay without series.
public final class ProcessMetrics: Sendable {
    private struct Reading {
        var statistics: ProcessStatistics?
        var time: MonotonicTime
    }

    private static let lifetime = Duration.seconds(1)

    private let clock: any SchedulingClock
    private let read: @Sendable () -> ProcessStatistics?
    private let last = Mutex<Reading?>(nil)

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - clock: Decides when to read again.
    ///   - read: Where the numbers come from.
    public init(
        clock: any SchedulingClock = SystemClock.shared, read: @escaping @Sendable () -> ProcessStatistics? = { ProcessStatistics.current() }
    ) {
        self.clock = clock
        self.read = read
    }

    /// What the process uses, at most a second old.
    public var statistics: ProcessStatistics? {
        let now = clock.now
        if let kept = last.withLock({ $0 }), now - kept.time < Self.lifetime { return kept.statistics }
        // Two may read at once; both read the truth.
        let statistics = read()
        last.withLock { $0 = Reading(statistics: statistics, time: now) }
        return statistics
    }

    /// Adds the metrics to a registry, which keeps this reader alive.
    public func export(to registry: MetricsRegistry) {
        registry.gauge("interlock_process_resident_bytes", help: "Memory of the process, shared pages included.") {
            self.statistics.map { Double($0.residentBytes) }
        }
        let help = "Processor time by who spent it: the program (user) or the system on its behalf."
        registry.counter("interlock_process_cpu_seconds_total", help: help, labels: [MetricLabel("mode", "user")]) {
            self.statistics.map { Double($0.userTime.wholeNanoseconds) / 1e9 }
        }
        registry.counter("interlock_process_cpu_seconds_total", help: help, labels: [MetricLabel("mode", "system")]) {
            self.statistics.map { Double($0.systemTime.wholeNanoseconds) / 1e9 }
        }
        registry.gauge("interlock_process_threads", help: "Threads of the process.") { self.statistics.map { Double($0.threads) } }
        registry.gauge("interlock_process_open_descriptors", help: "Descriptors open now.") {
            self.statistics.map { Double($0.openDescriptors) }
        }
        registry.gauge("interlock_process_descriptors_limit", help: "Descriptors that may be open at a time.") {
            self.statistics?.descriptorLimit.map(Double.init)
        }
    }
}
