/// Which series of a snapshot a rule looks at: a metric by its exported name, and labels that must have given values.
public struct MetricSelector: Sendable, Hashable {
    /// The name as it is exported.
    public var metric: String
    /// Labels a series must have with these values; others do not matter.
    public var labels: [String: String]

    /// Makes a selector; without labels all series of the metric.
    public init(_ metric: String, labels: [String: String] = [:]) {
        self.metric = metric
        self.labels = labels
    }

    /// The series that fit; empty when there is no such metric.
    func readings(in snapshot: MetricsSnapshot) -> [MetricsSnapshot.Reading] {
        (snapshot[metric]?.series ?? []).filter { series in
            labels.allSatisfy { name, value in series.labels.contains(MetricLabel(name, value)) }
        }.map(\.reading)
    }
}

extension MetricSelector: CustomStringConvertible {
    /// As Prometheus writes it.
    public var description: String {
        labels.isEmpty ? metric : metric + "{" + MetricNaming.text(labels.sorted { $0.key < $1.key }.map { MetricLabel($0.key, $0.value) }) + "}"
    }
}
