public import InterlockJSON

extension BenchComparison {
    /// The comparison for programs; an interval without an end is `null` there.
    public var json: JSONValue {
        func number(_ value: Double) -> JSONValue { JSONNumber(value).map(JSONValue.number) ?? .null }
        return [
            "verdict": .string(verdict.rawValue), "hasMoreErrors": .bool(hasMoreErrors),
            "errors": [
                "baseline": number(baselineErrors), "candidate": number(candidateErrors), "low": number(errorInterval.lowerBound),
                "high": number(errorInterval.upperBound), "limit": number(moreErrors), "verdict": .string(errorVerdict.rawValue),
            ],
            "doubts": .array(doubts.map(JSONValue.string)),
            "rows": .array(rows.map { row in
                [
                    "name": .string(row.bound.name), "ratio": number(row.ratio), "low": number(row.interval.lowerBound),
                    "high": number(row.interval.upperBound), "limit": number(row.bound.limit), "verdict": .string(row.verdict.rawValue),
                ]
            }),
        ]
    }
}
