import InterlockJSON

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
/// threshold at which it is over. Durations are whole numbers with `ms`, `s`, `m` or `h`. Names that mean nothing are errors.
public enum AlertConfiguration {
    /// The most rules of one file.
    public static let mostRules = 200
    /// How deep ratios may stand in ratios.
    static let deepest = 4

    /// Reads a file.
    ///
    /// - Throws: the first thing that is wrong, with its path.
    public static func parse(_ bytes: [UInt8]) throws(AlertConfigurationError) -> [AlertRule] {
        let root: JSONValue
        do {
            root = try JSONValue(parsing: bytes)
        } catch {
            throw AlertConfigurationError(code: .notJSON, path: "", message: "the text is not JSON: \(error)")
        }
        let file = try AlertJSON(root, path: "").object(allowing: ["rules"])
        let rules = try file.required("rules").array()
        guard rules.count <= mostRules else {
            throw AlertConfigurationError(code: .tooMany, path: "rules", message: "there are \(rules.count) rules; at most \(mostRules) are allowed")
        }
        var names: Set<String> = []
        var result: [AlertRule] = []
        for json in rules {
            let rule = try rule(json)
            guard names.insert(rule.name).inserted else {
                throw AlertConfigurationError(
                    code: .duplicateName, path: json.path + ".name", message: "another rule is called \"\(rule.name)\"; give each its own name")
            }
            result.append(rule)
        }
        return result
    }

    private static func rule(_ json: AlertJSON) throws(AlertConfigurationError) -> AlertRule {
        let object = try json.object(allowing: ["name", "severity", "summary", "for", "when"])
        let name = try object.required("name")
        let text = try name.string()
        guard (1...100).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw name.invalid("must be 1 to 100 printable ASCII characters without spaces")
        }
        var severity = AlertRule.Severity.warning
        if let json = object["severity"] {
            guard let parsed = AlertRule.Severity(rawValue: try json.string()) else { throw json.invalid("must be info, warning or critical") }
            severity = parsed
        }
        let when = try object.required("when")
        var conditions: [AlertCondition] = []
        for json in try when.array() { conditions.append(try condition(json)) }
        guard (1...8).contains(conditions.count) else { throw when.invalid("must hold 1 to 8 conditions") }
        return AlertRule(
            text, severity: severity, summary: try object["summary"]?.string() ?? "", for: try object["for"]?.duration() ?? .zero, when: conditions)
    }

    private static func condition(_ json: AlertJSON) throws(AlertConfigurationError) -> AlertCondition {
        let object = try json.object(allowing: AlertJSON.expressions + ["above", "below", "clear"])
        let expression = try expression(object, depth: 1)
        let comparison: AlertCondition.Comparison
        let threshold: AlertJSON
        switch (object["above"], object["below"]) {
        case (let above?, nil): (comparison, threshold) = (.above, above)
        case (nil, let below?): (comparison, threshold) = (.below, below)
        default: throw AlertConfigurationError(code: .missing, path: json.path, message: "needs one of above and below, and not both")
        }
        let number = try threshold.number()
        var clearing: Double?
        if let json = object["clear"] {
            let value = try json.number()
            guard comparison == .above ? value <= number : value >= number else {
                throw json.invalid("must not be \(comparison.rawValue) the threshold \(PrometheusText.number(number)): the alert would never hold")
            }
            clearing = value
        }
        return AlertCondition(expression, comparison, number, clearing: clearing)
    }

    private static func expression(_ object: AlertJSON.Object, depth: Int) throws(AlertConfigurationError) -> AlertExpression {
        let given = AlertJSON.expressions.filter { object[$0] != nil }
        guard given.count == 1, let kind = given.first, let json = object[kind] else {
            throw AlertConfigurationError(
                code: .missing, path: object.path, message: "needs one of \(AlertJSON.expressions.joined(separator: ", ")); has \(given.count) of them")
        }
        if kind == "ratio" {
            guard depth < deepest else {
                throw AlertConfigurationError(code: .tooMany, path: json.path, message: "ratios stand more than \(deepest) deep in each other")
            }
            let parts = try json.array()
            guard parts.count == 2 else { throw json.invalid("must be an array of two expressions") }
            return .ratio(
                try expression(parts[0].object(allowing: AlertJSON.expressions), depth: depth + 1),
                try expression(parts[1].object(allowing: AlertJSON.expressions), depth: depth + 1))
        }
        let own = ["rate": ["window"], "quantile": ["q"], "slope": ["over"]][kind] ?? []
        let arguments = try json.object(allowing: ["metric", "labels"] + own)
        let selector = try selector(arguments)
        switch kind {
        case "rate":
            guard let json = arguments["window"] else { return .rate(selector, over: .oneMinute) }
            guard let window = RateWindow(rawValue: try json.string()) else { throw json.invalid("must be 10s, 1m or 5m") }
            return .rate(selector, over: window)
        case "quantile":
            let json = try arguments.required("q")
            let share = try json.number()
            guard share > 0, share < 1 else { throw json.invalid("must lie between 0 and 1, like 0.99") }
            return .quantile(share, of: selector)
        case "slope":
            let json = try arguments.required("over")
            let window = try json.duration()
            guard window >= .seconds(60) else { throw json.invalid("must be at least 1m: a slope over less says little") }
            return .slope(selector, over: window)
        default: return .value(selector)
        }
    }

    private static func selector(_ object: AlertJSON.Object) throws(AlertConfigurationError) -> MetricSelector {
        let metric = try object.required("metric")
        let name = try metric.string()
        guard !name.isEmpty, MetricNaming.metric(name) == name else { throw metric.invalid("must be the name of a metric, as it is exported") }
        var labels: [String: String] = [:]
        if let json = object["labels"] {
            for (key, value) in try json.members() { labels[key] = try value.string() }
        }
        return MetricSelector(name, labels: labels)
    }
}
