/// What a metric is, and so how it is exported.
public enum MetricKind: String, Sendable, Hashable {
    /// A total that only grows; its name ends in `_total`.
    case counter
    /// A value that goes up and down.
    case gauge
    /// Durations in seconds; its name ends in `_seconds`.
    case durations
    /// Values other than durations, from zero up.
    case values

    /// The word of the Prometheus text format.
    var prometheusType: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .durations, .values: "histogram"
        }
    }

    /// The name under which a metric of this kind is exported.
    func exportedName(_ label: String) -> String {
        let name = MetricNaming.metric(label)
        return switch self {
        case .counter: name.hasSuffix("_total") ? name : name + "_total"
        case .durations: name.hasSuffix("_seconds") ? name : name + "_seconds"
        case .gauge, .values: name
        }
    }

    /// Every name that samples of such a metric take in the text.
    func sampleNames(_ name: String) -> [String] {
        switch self {
        case .counter, .gauge: [name]
        case .durations, .values: [name, name + "_bucket", name + "_sum", name + "_count", name + "_quantile"]
        }
    }
}
