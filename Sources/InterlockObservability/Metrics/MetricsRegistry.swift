public import CoreMetrics
public import InterlockConcurrency
import Synchronization

/// A backend of swift-metrics that keeps everything in this process, bounded, for scrapes, a dashboard and alert rules.
///
/// ```swift
/// let registry = MetricsRegistry()
/// MetricsSystem.bootstrap(registry)
/// registry.gauge("interlock_sessions_active", help: "Sessions open now.") { Double(server.sessionCount) }
/// ```
///
/// Counters become `<name>_total`, timers the histogram `<name>_seconds`, gauges and meters gauges, aggregating
/// recorders histograms. Handlers of the same name and labels share one series, whatever the order of the labels;
/// destroying the last of them removes it.
/// **Bounds.** At most ``Configuration/metrics`` metrics; others record into the void and are counted in
/// `interlock_metrics_dropped_metrics_total`, as are those whose name another kind of metric has. At most
/// ``Configuration/labelSets`` sets of labels a metric; for others the label with the most values becomes `other`, counted in
/// `interlock_metrics_dropped_labels_total`.
/// **Cost.** Recording is one atomic operation, for timers and recorders one short critical section. Making a handler is a
/// look-up under a lock: keep handlers of hot paths.
public final class MetricsRegistry: MetricsFactory, Sendable {
    /// The bounds of a registry.
    public struct Configuration: Sendable, Hashable {
        /// Metrics kept.
        public var metrics: Int
        /// Ordinary sets of labels for each metric. Collapsed ones have an eighth as many places, at least eight, besides.
        public var labelSets: Int
        /// The longest value of a label in bytes; the rest is cut off.
        public var longestLabelValue: Int
        /// The buckets of timers.
        public var durationBounds: HistogramBounds
        /// The buckets of aggregating recorders.
        public var valueBounds: HistogramBounds

        /// Makes a configuration.
        public init(
            metrics: Int = 500, labelSets: Int = 200, longestLabelValue: Int = 128, durationBounds: HistogramBounds = .durations,
            valueBounds: HistogramBounds = .values
        ) {
            self.metrics = metrics
            self.labelSets = labelSets
            self.longestLabelValue = max(8, longestLabelValue)
            self.durationBounds = durationBounds
            self.valueBounds = valueBounds
        }
    }

    let configuration: Configuration
    private let clock: any SchedulingClock
    private let table: Mutex<MetricTable>
    private let hasSampled = Atomic<Bool>(false)

    /// Makes an empty registry.
    ///
    /// - Parameter clock: Measures rates and the last minute.
    public init(_ configuration: Configuration = .init(), clock: any SchedulingClock = SystemClock.shared) {
        self.configuration = configuration
        self.clock = clock
        table = Mutex(MetricTable(metricLimit: configuration.metrics, labelSetLimit: configuration.labelSets))
    }

    /// Samples all metrics once a second, which rates and recent quantiles live on, until the task is cancelled.
    ///
    /// Without it they are as fine as the snapshots are frequent.
    public func run() async {
        var next = clock.now
        while !Task.isCancelled {
            sample()
            next = max(next + .seconds(1), clock.now)
            // Cancelled: the loop ends, which is how it is meant to end.
            do { try await clock.sleep(until: next) } catch { return }
        }
    }

    /// Samples all metrics. See ``run()``.
    public func sample() {
        let now = clock.now
        let isFirst = !hasSampled.exchange(true, ordering: .relaxed)
        let families = table.withLock { $0.families }
        for family in families.values {
            for entry in family.entries.values { entry.series.sample(at: now, isFirst: isFirst) }
        }
    }

    /// What all metrics stand at now. Samples them, and calls what gauges by callback have been given, outside any lock.
    public var snapshot: MetricsSnapshot {
        sample()
        let now = clock.now
        let table = self.table.withLock { $0 }
        var metrics = table.families.values.map { family in
            let series = family.entries.values.compactMap { entry in
                entry.series.reading(at: now).map { MetricsSnapshot.Series(entry.series.place, $0) }
            }
            return MetricsSnapshot.Metric(
                name: family.name, kind: family.kind, help: table.help(of: family.name), series: series.sorted { $0.labelText < $1.labelText })
        }
        metrics.append(Self.own(MetricTable.droppedLabels, by: "metric", table.droppedLabelCounts, in: table))
        metrics.append(Self.own(MetricTable.droppedMetrics, by: "reason", table.droppedMetricCounts, in: table))
        return MetricsSnapshot(time: now, wallTime: clock.wallTime, metrics: metrics)
    }

    /// Says what a metric means, in the scrape.
    ///
    /// - Parameter name: The name as it is exported.
    public func describe(_ name: String, _ help: String) {
        table.withLock { $0.describe(name, help) }
    }

    /// Exports a value that somebody else keeps, read at every scrape.
    ///
    /// The same name and labels again replace the former callback.
    ///
    /// - Parameter value: Must be quick, must not call the registry's ``snapshot``, and may be called by several threads at once. `nil` leaves the series out.
    public func gauge(_ name: String, help: String = "", labels: [MetricLabel] = [], _ value: @escaping @Sendable () -> Double?) {
        callback(.gauge, name, help, labels, value)
    }

    /// Exports a total that somebody else keeps, read at every scrape and for rates. See ``gauge(_:help:labels:_:)``.
    public func counter(_ name: String, help: String = "", labels: [MetricLabel] = [], _ total: @escaping @Sendable () -> Double?) {
        callback(.counter, name, help, labels, total)
    }

    /// Removes one series, whoever holds handlers of it.
    ///
    /// - Parameter name: The name as it is exported.
    public func remove(_ name: String, labels: [MetricLabel] = []) {
        let labels = fitted(labels)
        table.withLock { $0.remove(name, labels) }
    }

    private func callback(
        _ kind: MetricKind, _ name: String, _ help: String, _ labels: [MetricLabel], _ value: @escaping @Sendable () -> Double?
    ) {
        let labels = fitted(labels)
        table.withLock { table in
            table.set(kind, name, labels) { CallbackSeries($0, kind: kind, read: value) }
            if !help.isEmpty { table.describe(kind.exportedName(name), help) }
        }
    }

    func fitted(_ labels: some Sequence<MetricLabel>) -> [MetricLabel] {
        MetricNaming.labels(labels, longestValue: configuration.longestLabelValue)
    }

    /// The shared series of a name and labels, or one that is not exported.
    func series<S: MetricSeries>(
        _ kind: MetricKind, _ label: String, _ dimensions: [(String, String)], make: (SeriesPlace) -> S
    ) -> S {
        let labels = fitted(dimensions.lazy.map { MetricLabel($0.0, $0.1) })
        return table.withLock { $0.series(kind, label, labels, make: make) } ?? make(.none)
    }

    func histogram(_ kind: MetricKind, _ label: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        let now = clock.now
        let bounds = kind == .durations ? configuration.durationBounds : configuration.valueBounds
        return series(kind, label, dimensions) { HistogramSeries($0, bounds: bounds, now: now) }
    }

    func release(_ handler: AnyObject) {
        guard let series = handler as? any MetricSeries else { return }
        table.withLock { $0.release(series) }
    }

    private static func own(_ name: String, by label: String, _ counts: [String: Int], in table: MetricTable) -> MetricsSnapshot.Metric {
        MetricsSnapshot.Metric(
            name: name, kind: .counter, help: table.help(of: name),
            series: counts.sorted { $0.key < $1.key }.map {
                MetricsSnapshot.Series(labels: [MetricLabel(label, $0.key)], reading: .counter(total: Double($0.value), rates: MetricRates()))
            })
    }
}
