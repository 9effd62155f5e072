import InterlockJSON

extension LatencyHistogram {
    /// As many latencies as a histogram may be said to hold; a double counts so far exactly, and sums of a thousand such do not overflow.
    static let largestCount = 1 << 53

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

    /// Reads what ``json`` wrote; `nil` for what no histogram can be: counts beyond ``largestCount``, or a sum or a range that is not that of its buckets.
    init?(_ json: JSONValue) {
        self.init()
        guard let buckets = json["buckets"]?.array else { return nil }
        var last: Int64 = -1
        for bucket in buckets {
            guard let pair = bucket.array, pair.count == 2, let bound = pair[0].int, let number = pair[1].int, Int64(bound) > last, number > 0,
                number <= Self.largestCount - count
            else { return nil }
            last = Int64(bound)
            record(nanoseconds: last, times: number)
        }
        guard let bounds = range else { return }
        guard let low = json["min"]?.int, let high = json["max"]?.int, let total = json["sum"]?.double, low >= 0, low <= bounds.lowerBound, high >= low,
            high <= bounds.upperBound
        else { return nil }
        // The upper bounds of all buckets, added up, are at most a hundredth too much, and a nanosecond for each latency.
        let most = sum + Double(count)
        guard total >= 0.99 * sum - Double(count), total <= most * (1 + 1e-9) else { return nil }
        restore(sum: total, range: Int64(low)...Int64(high))
    }
}
