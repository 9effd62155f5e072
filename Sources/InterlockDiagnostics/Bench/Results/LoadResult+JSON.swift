public import InterlockJSON

extension LoadResult {
    /// The percentiles that are shown, and `max`.
    public static let percentiles: [(name: String, share: Double)] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("max", 1)]

    /// The figures without the distribution; latencies in milliseconds.
    public var summary: JSONValue {
        func figure(_ number: Double) -> JSONValue { JSONNumber(number).map(JSONValue.number) ?? 0 }
        return [
            "throughput": figure(throughput), "seconds": figure(seconds), "offered": .number(JSONNumber(offered)),
            "lateStarts": .number(JSONNumber(lateStarts)), "waited": .number(JSONNumber(waited)), "dropped": .number(JSONNumber(dropped)),
            "generatorCores": figure(generatorCores), "generatorThreads": .number(JSONNumber(generatorThreads)),
            "warnings": .array(warnings.map(JSONValue.string)), "total": total.summary,
            "tools": .object(JSONObject(tools.sorted { $0.key < $1.key }.map { ($0.key, $0.value.summary) })),
            "examples": .object(JSONObject(examples.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
        ]
    }
}
