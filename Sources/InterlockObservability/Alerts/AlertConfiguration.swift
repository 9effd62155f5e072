public import InterlockJSON

/// Rules as a JSON file has them.
///
/// ```json
/// {"rules": [{
///   "name": "searches-slow", "severity": "warning", "for": "2m", "summary": "Searches take too long.",
///   "when": [{"quantile": {"metric": "interlock_call_duration_seconds", "labels": {"tool": "search"}, "q": 0.99}, "above": 2, "clear": 1.5}]
/// }]}
/// ```
///
/// A condition has one expression: `value` (metric, labels), `rate` (and window: `10s`, `1m`, `5m`), `quantile` (and q),
/// `slope` (and over: a duration), or `ratio` (an array of two expressions); one of `above` and `below`; and possibly `clear`, the
/// threshold at which it is over. Durations are `250ms`, `30s`, `2m`, `4h`, at most a week. Names that mean nothing are errors.
public enum AlertConfiguration {
    /// The most rules of one file.
    public static let mostRules = 200
    /// How deep ratios may stand in ratios.
    static let deepest = 4

    private static let expressions = ["value", "rate", "quantile", "slope", "ratio"]
    private static let longest = Duration.seconds(7 * 86_400)

    /// Reads a file.
    ///
    /// - Throws: the first thing that is wrong, with its place, such as `rules[2].when[0].above`.
    public static func parse(_ bytes: [UInt8]) throws(ConfigurationError) -> [AlertRule] {
        let file = try ConfigurationObject(parsing: bytes, allowing: ["rules"])
        let rules = try file.required(
            "rules", try file.objects("rules", allowing: ["name", "severity", "summary", "for", "when"]), expected: "an array of rules")
        guard rules.count <= mostRules else { throw ConfigurationError(path: "rules", message: "has \(rules.count) rules: give at most \(mostRules)") }
        var names: Set<String> = []
        var result: [AlertRule] = []
        for object in rules {
            let rule = try rule(object)
            guard names.insert(rule.name).inserted else {
                throw ConfigurationError(path: object.place(of: "name"), message: "is \"\(rule.name)\", as another rule's: give each its own name")
            }
            result.append(rule)
        }
        return result
    }

    private static func rule(_ object: ConfigurationObject) throws(ConfigurationError) -> AlertRule {
        let form = "1 to 100 printable ASCII characters without spaces"
        let name = try object.required("name", try object.string("name"), expected: form)
        guard name.utf8.count <= 100, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ConfigurationError(path: object.place(of: "name"), message: "is \"\(name)\": give \(form)")
        }
        let severity = try object.choice("severity", AlertRule.Severity.allCases.map { ($0.rawValue, $0) }) ?? .warning
        let when = try object.required(
            "when", try object.objects("when", allowing: expressions + ["above", "below", "clear"]), expected: "an array of conditions")
        guard (1...8).contains(when.count) else {
            throw ConfigurationError(path: object.place(of: "when"), message: "has \(when.count) conditions: give 1 to 8")
        }
        var conditions: [AlertCondition] = []
        for object in when { conditions.append(try condition(object)) }
        return AlertRule(
            name, severity: severity, summary: try object.string("summary") ?? "", for: try duration(object, "for", allowingZero: true) ?? .zero,
            when: conditions)
    }

    private static func condition(_ object: ConfigurationObject) throws(ConfigurationError) -> AlertCondition {
        let expression = try expression(object, depth: 1)
        let comparison: AlertCondition.Comparison
        let threshold: Double
        switch (try object.double("above"), try object.double("below")) {
        case (let above?, nil): (comparison, threshold) = (.above, above)
        case (nil, let below?): (comparison, threshold) = (.below, below)
        case (nil, nil): throw ConfigurationError(path: object.path, message: "has no threshold: give above or below")
        case (_?, _?): throw ConfigurationError(path: object.path, message: "has both above and below: give one of them")
        }
        let clearing = try object.double("clear")
        if let clearing, comparison == .above ? clearing > threshold : clearing < threshold {
            throw ConfigurationError(
                path: object.place(of: "clear"),
                message: "is \(PrometheusText.number(clearing)), \(comparison.rawValue) the threshold, so that the alert would never hold: "
                    + "give at \(comparison == .above ? "most" : "least") \(PrometheusText.number(threshold))")
        }
        return AlertCondition(expression, comparison, threshold, clearing: clearing)
    }

    private static func expression(_ object: ConfigurationObject, depth: Int) throws(ConfigurationError) -> AlertExpression {
        let given = expressions.filter { object.has($0) }
        guard given.count == 1, let kind = given.first else {
            throw ConfigurationError(path: object.path, message: "has \(given.count) expressions: give one of \(expressions.joined(separator: ", "))")
        }
        if kind == "ratio" { return try ratio(object, depth: depth) }
        let own = ["rate": ["window"], "quantile": ["q"], "slope": ["over"]][kind] ?? []
        let arguments = try object.required(kind, try object.object(kind, allowing: ["metric", "labels"] + own), expected: "an object with a metric")
        let selector = try selector(arguments)
        switch kind {
        case "rate":
            let windows = RateWindow.allCases.map { ($0.rawValue, $0) }
            return .rate(selector, over: try arguments.choice("window", windows) ?? .oneMinute)
        case "quantile":
            let share = try arguments.required("q", try arguments.double("q"), expected: "a number between 0 and 1, such as 0.99")
            guard share > 0, share < 1 else {
                throw ConfigurationError(
                    path: arguments.place(of: "q"), message: "is \(PrometheusText.number(share)): give a number between 0 and 1, such as 0.99")
            }
            return .quantile(share, of: selector)
        case "slope":
            let window = try arguments.required("over", try duration(arguments, "over"), expected: "at least \"1m\"")
            guard window >= .seconds(60) else {
                throw ConfigurationError(path: arguments.place(of: "over"), message: "is less than a minute, of which a slope says little: give at least \"1m\"")
            }
            return .slope(selector, over: window)
        default: return .value(selector)
        }
    }

    private static func ratio(_ object: ConfigurationObject, depth: Int) throws(ConfigurationError) -> AlertExpression {
        guard depth < deepest else {
            throw ConfigurationError(path: object.place(of: "ratio"), message: "stands more than \(deepest) deep in other ratios: give fewer")
        }
        let parts = try object.objects("ratio", allowing: expressions) ?? []
        guard parts.count == 2 else {
            throw ConfigurationError(path: object.place(of: "ratio"), message: "has \(parts.count) expressions: give an array of two")
        }
        return .ratio(try expression(parts[0], depth: depth + 1), try expression(parts[1], depth: depth + 1))
    }

    private static func selector(_ object: ConfigurationObject) throws(ConfigurationError) -> MetricSelector {
        let name = try object.required("metric", try object.string("metric"), expected: "the name of a metric, as it is exported")
        guard MetricNaming.metric(name) == name else {
            throw ConfigurationError(path: object.place(of: "metric"), message: "is \"\(name)\": give the name of a metric, as it is exported")
        }
        var labels: [String: String] = [:]
        if let given = try object.object("labels", allowing: nil) {
            for label in given.names { labels[label] = try given.string(label) }
        }
        return MetricSelector(name, labels: labels)
    }

    private static func duration(_ object: ConfigurationObject, _ name: String, allowingZero: Bool = false) throws(ConfigurationError) -> Duration? {
        guard let duration = try object.duration(name, allowingZero: allowingZero) else { return nil }
        guard duration <= longest else { throw ConfigurationError(path: object.place(of: name), message: "is more than a week: give at most \"7d\"") }
        return duration
    }
}
