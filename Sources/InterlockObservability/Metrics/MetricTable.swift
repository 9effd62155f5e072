/// All metrics of a registry, of which there is a bounded number.
struct MetricTable {
    /// Counts label sets that had no place of their own, by metric.
    static let droppedLabels = "interlock_metrics_dropped_labels_total"
    /// Counts metrics that had no place, by reason.
    static let droppedMetrics = "interlock_metrics_dropped_metrics_total"

    let metricLimit: Int
    let labelSetLimit: Int
    private(set) var families: [String: MetricFamily] = [:]
    /// The metric that each name in the text belongs to.
    private var takenNames: [String: String]
    private var help: [String: String]
    private(set) var droppedLabelCounts: [String: Int] = [:]
    private(set) var droppedMetricCounts: [String: Int] = ["limit": 0, "conflict": 0]

    init(metricLimit: Int, labelSetLimit: Int) {
        self.metricLimit = max(1, metricLimit)
        self.labelSetLimit = max(1, labelSetLimit)
        takenNames = [Self.droppedLabels: Self.droppedLabels, Self.droppedMetrics: Self.droppedMetrics]
        help = [
            Self.droppedLabels: "Label sets that were collapsed because the metric had too many.",
            Self.droppedMetrics: "Metrics that are not exported because there were too many, or because their name was taken.",
        ]
    }

    /// The series of a name and labels, made when it is not there; `nil` when the metric has no place.
    mutating func series<S: MetricSeries>(
        _ kind: MetricKind, _ label: String, _ labels: [MetricLabel], make: (SeriesPlace) -> S
    ) -> S? {
        let name = kind.exportedName(label)
        guard admit(name, kind) else { return nil }
        let (place, isCollapsed) = families[name]!.place(for: labels)
        if isCollapsed { droppedLabelCounts[name, default: 0] += 1 }
        if let entry = families[name]!.entries[place.text] {
            // Another type of series, a callback, has the place.
            guard let series = entry.series as? S else {
                droppedMetricCounts["conflict", default: 0] += 1
                return nil
            }
            families[name]!.hold(place.text)
            return series
        }
        let series = make(place)
        families[name]!.insert(series, isCollapsed: isCollapsed)
        return series
    }

    /// Sets a series that somebody else keeps; takes the place of one with the same labels.
    mutating func set(_ kind: MetricKind, _ label: String, _ labels: [MetricLabel], make: (SeriesPlace) -> any MetricSeries) {
        let name = kind.exportedName(label)
        guard admit(name, kind) else { return }
        let (place, isCollapsed) = families[name]!.place(for: labels)
        if isCollapsed { droppedLabelCounts[name, default: 0] += 1 }
        families[name]!.insert(make(place), isCollapsed: isCollapsed)
    }

    mutating func release(_ series: any MetricSeries) {
        guard let name = series.place.metric else { return }
        families[name]?.release(series)
        dropIfEmpty(name)
    }

    mutating func remove(_ name: String, _ labels: [MetricLabel]) {
        families[name]?.remove(MetricNaming.text(labels))
        dropIfEmpty(name)
    }

    mutating func describe(_ name: String, _ text: String) {
        // A bound for descriptions, too: twice as many as metrics, so that they may come first.
        guard help[name] != nil || help.count < 2 * metricLimit else { return }
        help[name] = text
    }

    func help(of name: String) -> String { help[name] ?? "" }

    private mutating func dropIfEmpty(_ name: String) {
        guard let family = families[name], family.entries.isEmpty else { return }
        families[name] = nil
        for sample in family.kind.sampleNames(name) { takenNames[sample] = nil }
    }

    /// Whether the metric is there, or has been given a place now.
    private mutating func admit(_ name: String, _ kind: MetricKind) -> Bool {
        if let family = families[name], family.kind == kind { return true }
        let names = kind.sampleNames(name)
        guard names.allSatisfy({ takenNames[$0] == nil }) else {
            droppedMetricCounts["conflict", default: 0] += 1
            return false
        }
        guard families.count < metricLimit else {
            droppedMetricCounts["limit", default: 0] += 1
            return false
        }
        families[name] = MetricFamily(name: name, kind: kind, limit: labelSetLimit)
        for sample in names { takenNames[sample] = name }
        return true
    }
}
