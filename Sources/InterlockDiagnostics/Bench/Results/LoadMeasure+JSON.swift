import InterlockJSON

extension LoadMeasure {
    var json: JSONValue {
        [
            "latency": latency.json, "service": service.json, "failed": failed.json,
            "outcomes": .object(JSONObject(CallOutcome.allCases.compactMap { kind in outcomes[kind].map { (kind.rawValue, .number(JSONNumber($0))) } })),
        ]
    }

    init?(_ json: JSONValue) {
        func histogram(_ key: String) -> LatencyHistogram? { json[key].flatMap(LatencyHistogram.init) }
        guard let latency = histogram("latency"), let service = histogram("service"), let failed = histogram("failed") else { return nil }
        (self.latency, self.service, self.failed) = (latency, service, failed)
        for kind in CallOutcome.allCases { if let number = json["outcomes"]?[kind.rawValue]?.int { outcomes[kind] = number } }
    }

    /// Counts and percentiles in milliseconds.
    var summary: JSONValue {
        var members: JSONObject = ["calls": .number(JSONNumber(calls)), "errorShare": JSONNumber(errorShare).map(JSONValue.number) ?? 0]
        for kind in CallOutcome.allCases { members[kind.rawValue] = .number(JSONNumber(outcomes[kind] ?? 0)) }
        for (name, share) in LoadResult.percentiles {
            if let value = latency.quantile(share) { members[name] = JSONNumber(Double(value.nanosecondsRounded) / 1e6).map(JSONValue.number) }
        }
        return .object(members)
    }
}
