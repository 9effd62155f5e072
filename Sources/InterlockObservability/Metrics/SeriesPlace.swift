/// Where a registry keeps a series.
struct SeriesPlace: Sendable, Hashable {
    /// The exported name of its metric; `nil` for a series that the registry had no place for and does not export.
    var metric: String?
    /// Its labels, sorted by name.
    var labels: [MetricLabel]
    /// The labels as text: the key of the series within its metric.
    var text: String

    /// No place.
    static let none = SeriesPlace(metric: nil, labels: [], text: "")
}
