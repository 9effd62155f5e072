/// Latencies in nanoseconds, and what they amount to.
public struct Samples: Sendable {
    private var values: [UInt32] = []

    public init(reservingCapacity count: Int) {
        values.reserveCapacity(count)
    }

    public mutating func append(_ nanoseconds: UInt64) {
        values.append(UInt32(clamping: nanoseconds))
    }

    public var count: Int { values.count }

    /// The nearest-rank percentiles asked for and the maximum, in microseconds.
    public func summary(_ percentiles: [Double] = [50, 95, 99]) -> [(name: String, value: Double)] {
        guard !values.isEmpty else { return [] }
        let sorted = values.sorted()
        var summary = percentiles.map { percentile in
            let rank = Int((percentile / 100 * Double(sorted.count)).rounded(.up))
            return (name: "p\(Int(percentile))", value: Double(sorted[min(max(rank, 1), sorted.count) - 1]) / 1000)
        }
        summary.append((name: "max", value: Double(sorted[sorted.count - 1]) / 1000))
        return summary
    }
}
