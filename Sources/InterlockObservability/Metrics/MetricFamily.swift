/// The series of one metric, of which there is a bounded number.
///
/// When all places are taken, a new set of labels is collapsed: the label with the most different values gets the value
/// `other`. Sets made that way have an eighth as many places of their own; when those are taken too, all labels become `other`.
struct MetricFamily {
    /// What stands in the place of values that there is no room for.
    static let collapsedValue = "other"

    struct Entry {
        var series: any MetricSeries
        /// Handlers made and not destroyed.
        var holders: Int
        var isCollapsed: Bool
    }

    let name: String
    let kind: MetricKind
    private let limit: Int
    private(set) var entries: [String: Entry] = [:]
    private var collapsedCount = 0
    /// How many series have which value of which label.
    private var values: [String: [String: Int]] = [:]

    init(name: String, kind: MetricKind, limit: Int) {
        self.name = name
        self.kind = kind
        self.limit = max(1, limit)
    }

    /// The most series that a metric can have, for a limit of ordinary ones.
    static func mostSeries(limit: Int) -> Int { max(1, limit) + collapsedLimit(limit) + 1 }

    private static func collapsedLimit(_ limit: Int) -> Int { max(8, limit / 8) }

    /// Where a set of labels belongs.
    func place(for labels: [MetricLabel]) -> (place: SeriesPlace, isCollapsed: Bool) {
        let own = SeriesPlace(metric: name, labels: labels, text: MetricNaming.text(labels))
        if entries[own.text] != nil || labels.isEmpty || entries.count - collapsedCount < limit { return (own, false) }
        var collapsed = labels
        let most = collapsed.indices.max { variety(collapsed[$0]) < variety(collapsed[$1]) }
        if let most { collapsed[most].value = Self.collapsedValue }
        let text = MetricNaming.text(collapsed)
        if entries[text] != nil || collapsedCount < Self.collapsedLimit(limit) {
            return (SeriesPlace(metric: name, labels: collapsed, text: text), true)
        }
        for index in collapsed.indices { collapsed[index].value = Self.collapsedValue }
        return (SeriesPlace(metric: name, labels: collapsed, text: MetricNaming.text(collapsed)), true)
    }

    mutating func insert(_ series: any MetricSeries, isCollapsed: Bool) {
        let old = entries.updateValue(Entry(series: series, holders: 1, isCollapsed: isCollapsed), forKey: series.place.text)
        guard old == nil else { return }
        if isCollapsed { collapsedCount += 1 }
        for label in series.place.labels { values[label.name, default: [:]][label.value, default: 0] += 1 }
    }

    mutating func hold(_ text: String) { entries[text]?.holders += 1 }

    /// Lets one handler go, and the series with the last.
    mutating func release(_ series: any MetricSeries) {
        guard let entry = entries[series.place.text], entry.series === series else { return }
        if entry.holders > 1 { entries[series.place.text]?.holders -= 1 } else { remove(series.place.text) }
    }

    mutating func remove(_ text: String) {
        guard let entry = entries.removeValue(forKey: text) else { return }
        if entry.isCollapsed { collapsedCount -= 1 }
        for label in entry.series.place.labels {
            guard let count = values[label.name]?[label.value] else { continue }
            values[label.name]?[label.value] = count > 1 ? count - 1 : nil
        }
    }

    private func variety(_ label: MetricLabel) -> Int { values[label.name]?.count ?? 0 }
}
