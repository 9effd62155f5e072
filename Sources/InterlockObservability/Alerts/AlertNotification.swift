import InterlockJSON

/// What is told about an alert that begins or ends.
///
/// As a webhook body:
/// ```json
/// {"version":1,"id":"sessions-near-limit-1767225660000","status":"firing","name":"sessions-near-limit","severity":"warning",
///  "summary":"…","service":"files","startedAt":"1767225660000","for":"1m","conditions":[{"expression":"a / b","value":0.93,
///  "comparison":"above","threshold":0.9,"clear":0.85}]}
/// ```
/// When it is over `status` is `resolved`, `endedAt` stands beside `startedAt`, and `id` is the one of the firing. Times are
/// milliseconds since the Unix epoch, as strings. A value that is missing is `null`, an infinite one `"Infinity"`.
public struct AlertNotification: Sendable, Hashable {
    /// The rule that fired.
    public var rule: AlertRule
    /// The numbers of its conditions, in their order.
    public var values: [Double?]
    /// When it began to fire, in milliseconds since the Unix epoch.
    public var startedAt: Int64
    /// When it ended; `nil` while it is firing.
    public var endedAt: Int64?
    /// Which service it is about.
    public var service: String

    /// The same for the beginning and the end of one alert, so that a receiver may tell repeated deliveries.
    public var id: String { "\(rule.name)-\(startedAt)" }

    /// The webhook body.
    public var body: [UInt8] {
        var json = JSONWriter(reservingCapacity: 512)
        json.beginObject()
        json.key("version")
        json.int(1)
        for (key, value) in [
            ("id", id), ("status", endedAt == nil ? "firing" : "resolved"), ("name", rule.name), ("severity", rule.severity.rawValue),
            ("summary", rule.summary), ("service", service), ("startedAt", String(startedAt)), ("for", AlertDuration.text(rule.duration)),
        ] {
            json.key(value: key)
            json.string(value)
        }
        if let endedAt {
            json.key("endedAt")
            json.string(String(endedAt))
        }
        json.key("conditions")
        json.beginArray()
        for (index, condition) in rule.conditions.enumerated() {
            json.beginObject()
            json.key("expression")
            json.string(condition.expression.description)
            json.key("value")
            json.number(index < values.count ? values[index] : nil)
            json.key("comparison")
            json.string(condition.comparison.rawValue)
            json.key("threshold")
            json.number(condition.threshold)
            json.key("clear")
            json.number(condition.clearThreshold)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.finish()
    }
}

extension JSONWriter {
    fileprivate mutating func key(value name: String) { key(name) }

    /// Writes a number; `null` without one, and a string where JSON has no number for it.
    fileprivate mutating func number(_ value: Double?) {
        guard let value else { return null() }
        if let exact = Int64(exactly: value) { return int64(exact) }
        if let finite = JSONNumber(value) { number(finite) } else { string(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity") }
    }
}
