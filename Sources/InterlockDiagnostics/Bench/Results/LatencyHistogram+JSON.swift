import InterlockJSON

extension LatencyHistogram {
    /// `{"sum":…,"buckets":[[upperBound,count],…],"min":…,"max":…}`, in nanoseconds.
    var json: JSONValue {
        var members: JSONObject = [
            "buckets": .array(buckets.map { .array([.number(JSONNumber($0.upperBound)), .number(JSONNumber($0.count))]) }),
            "sum": JSONNumber(sum).map(JSONValue.number) ?? 0,
        ]
        if let range {
            members["min"] = .number(JSONNumber(range.lowerBound))
            members["max"] = .number(JSONNumber(range.upperBound))
        }
        return .object(members)
    }

    init?(_ json: JSONValue) {
        self.init()
        guard let buckets = json["buckets"]?.array else { return nil }
        for bucket in buckets {
            guard let pair = bucket.array, pair.count == 2, let bound = pair[0].int, let number = pair[1].int, bound >= 0, number > 0 else { return nil }
            record(nanoseconds: Int64(bound), times: number)
        }
        guard count > 0 else { return }
        guard let low = json["min"]?.int, let high = json["max"]?.int, low <= high, let total = json["sum"]?.double else { return nil }
        restore(sum: total, range: Int64(low)...Int64(high))
    }
}
