import InterlockJSON

extension LoadMeasure {
    var json: JSONValue {
        var members: JSONObject = [
            "latency": latency.json, "service": service.json, "failed": failed.json,
            "outcomes": .object(JSONObject(CallOutcome.allCases.filter { counts[$0] > 0 }.map { ($0.rawValue, .number(JSONNumber(counts[$0]))) })),
        ]
        if unanswered.count > 0 { members["unanswered"] = unanswered.json }
        return .object(members)
    }

    init?(_ json: JSONValue) {
        func histogram(_ key: String) -> LatencyHistogram? { json[key].flatMap(LatencyHistogram.init) }
        guard let latency = histogram("latency"), let service = histogram("service"), let failed = histogram("failed") else { return nil }
        (self.latency, self.service, self.failed) = (latency, service, failed)
        if json["unanswered"] != nil {
            // Runs that were saved before it was told apart have none.
            guard let unanswered = histogram("unanswered"), unanswered.count <= failed.count else { return nil }
            self.unanswered = unanswered
        }
        for kind in CallOutcome.allCases {
            guard let number = json["outcomes"]?[kind.rawValue]?.int else { continue }
            guard (0...LatencyHistogram.largestCount).contains(number) else { return nil }
            counts[kind] = number
        }
    }

    /// Counts and percentiles in milliseconds; under `service` those from when calls really began.
    var summary: JSONValue {
        var members: JSONObject = ["calls": .number(JSONNumber(calls)), "errorShare": JSONNumber(errorShare).map(JSONValue.number) ?? 0]
        for kind in CallOutcome.allCases { members[kind.rawValue] = .number(JSONNumber(counts[kind])) }
        for (name, value) in Self.percentiles(of: latency) { members[name] = value }
        members["service"] = .object(JSONObject(Self.percentiles(of: service)))
        return .object(members)
    }

    private static func percentiles(of histogram: LatencyHistogram) -> [(String, JSONValue)] {
        LoadResult.percentiles.compactMap { name, share in
            histogram.quantile(share).flatMap { JSONNumber(Double($0.nanosecondsRounded) / 1e6) }.map { (name, JSONValue.number($0)) }
        }
    }
}
