extension LatencyHistogram {
    /// The percentile distribution as text that the plotters of HdrHistogram read (`.hgrm`), in milliseconds.
    public var hgrm: String {
        var lines = ["       Value     Percentile TotalCount 1/(1-Percentile)", ""]
        var seen = 0
        for bucket in buckets {
            seen += bucket.count
            let share = Double(seen) / Double(count)
            let inverse = share < 1 ? (1 / (1 - share)).fixed(2) : "inf"
            lines.append("\((Double(bucket.upperBound) / 1e6).fixed(6)) \(share.fixed(12)) \(seen) \(inverse)")
        }
        lines.append("#[Mean = \((Double(mean?.nanosecondsRounded ?? 0) / 1e6).fixed(6))]")
        lines.append("#[Max = \((Double(longest?.nanosecondsRounded ?? 0) / 1e6).fixed(6)), Total count = \(count)]")
        return lines.joined(separator: "\n") + "\n"
    }
}
