public import InterlockConcurrency

/// What all metrics of a registry stood at, at one moment: for scrapes, the dashboard and alert rules.
///
/// Each series is read at once, the series one after the other: sums over several may be off by what happened meanwhile.
public struct MetricsSnapshot: Sendable {
    /// A metric and its series.
    public struct Metric: Sendable {
        /// The name as it is exported.
        public var name: String
        /// What it is.
        public var kind: MetricKind
        /// What it means; may be empty.
        public var help: String
        /// Its series, in the order of their labels.
        public var series: [Series]
    }

    /// One set of labels of a metric.
    public struct Series: Sendable {
        /// The labels, sorted by name.
        public var labels: [MetricLabel]
        /// What it stands at.
        public var reading: Reading
        /// The labels as they stand between braces in the text format.
        var labelText: String

        /// Makes a series; for tests of what reads snapshots.
        public init(labels: [MetricLabel], reading: Reading) {
            self.labels = MetricNaming.labels(labels, longestValue: .max)
            self.reading = reading
            labelText = MetricNaming.text(self.labels)
        }

        init(_ place: SeriesPlace, _ reading: Reading) {
            labels = place.labels
            labelText = place.text
            self.reading = reading
        }
    }

    /// What one series stands at.
    public enum Reading: Sendable {
        /// A total, and how fast it grew.
        case counter(total: Double, rates: MetricRates)
        /// A value.
        case gauge(Double)
        /// A distribution.
        case histogram(Histogram)
    }

    /// A distribution of durations in seconds, or of other values.
    public struct Histogram: Sendable {
        /// How many values were not above a bound.
        public struct Bucket: Sendable, Hashable {
            /// The bound, in seconds for durations.
            public var upperBound: Double
            /// Values up to the bound, those of all smaller buckets included.
            public var cumulativeCount: Int
        }

        /// Values recorded since the start.
        public var count: Int
        /// All of them added up.
        public var sum: Double
        /// The exact counts by bucket, since the start. The last bucket, without bound, is ``count``.
        public var buckets: [Bucket]
        /// Values recorded per second.
        public var rates: MetricRates
        /// The values of the last minute, each as a duration of so many seconds; may be merged with those of other series.
        public var recent: DurationHistogram

        /// A value that the given share of the last minute's values does not exceed: at most a quarter too high; `nil` without any.
        public func quantile(_ share: Double) -> Double? {
            recent.quantile(share).map { Double($0.wholeNanoseconds) / 1e9 }
        }
    }

    /// When it was taken, by the registry's clock.
    public var time: MonotonicTime
    /// When it was taken, in milliseconds since the Unix epoch.
    public var wallTime: Int64
    /// The metrics, sorted by name.
    public let metrics: [Metric]

    /// Makes a snapshot; the metrics need not be sorted.
    public init(time: MonotonicTime, wallTime: Int64, metrics: [Metric]) {
        self.time = time
        self.wallTime = wallTime
        self.metrics = metrics.sorted { $0.name < $1.name }
    }

    /// The metric of a name as it is exported.
    public subscript(name: String) -> Metric? {
        var low = 0
        var high = metrics.count
        while low < high {
            let middle = (low + high) / 2
            if metrics[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low < metrics.count && metrics[low].name == name ? metrics[low] : nil
    }
}

extension MetricsSnapshot.Metric {
    /// Makes a metric; for tests of what reads snapshots.
    public init(_ name: String, _ kind: MetricKind, help: String = "", series: [MetricsSnapshot.Series]) {
        self.init(name: name, kind: kind, help: help, series: series)
    }
}
