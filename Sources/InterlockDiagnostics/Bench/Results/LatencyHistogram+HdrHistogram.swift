extension LatencyHistogram {
    /// The percentile distribution as text that the plotters of HdrHistogram read (`.hgrm`), in milliseconds.
    public var hgrm: String {
        func milliseconds(_ nanoseconds: Double) -> String { (nanoseconds / 1e6).fixed(6) }
        var lines = ["       Value     Percentile TotalCount 1/(1-Percentile)", ""]
        var seen = 0
        for bucket in buckets {
            seen += bucket.count
            let share = Double(seen) / Double(count)
            let inverse = share < 1 ? (1 / (1 - share)).fixed(2) : "inf"
            lines.append("\(milliseconds(Double(bucket.upperBound))) \(share.fixed(12)) \(seen) \(inverse)")
        }
        let mean = count == 0 ? 0 : sum / Double(count)
        lines.append("#[Mean    = \(milliseconds(mean)), StdDeviation   = \(milliseconds(standardDeviation))]")
        lines.append("#[Max     = \(milliseconds(Double(range?.upperBound ?? 0))), Total count    = \(count)]")
        lines.append("#[Buckets = \(HdrEncoding.doublings(to: HdrEncoding.highest(of: self))), SubBuckets     = \(Self.subBuckets)]")
        return lines.joined(separator: "\n") + "\n"
    }

    /// How far latencies lie from their mean, in nanoseconds: of the middles of their buckets.
    private var standardDeviation: Double {
        guard count > 0 else { return 0 }
        let mean = sum / Double(count)
        let squares = buckets.reduce(0.0) { squares, bucket in
            // A bucket is a 1,024th to a 2,048th of its bound wide, and below 2,048 ns a nanosecond.
            let index = Self.index(of: bucket.upperBound)
            let width = index < Self.subBuckets ? 1 : Double(Int64(1) << Int64(index / (Self.subBuckets / 2) - 1))
            let middle = Double(bucket.upperBound) - (width - 1) / 2
            return squares + Double(bucket.count) * (middle - mean) * (middle - mean)
        }
        return (squares / Double(count)).squareRoot()
    }
}
