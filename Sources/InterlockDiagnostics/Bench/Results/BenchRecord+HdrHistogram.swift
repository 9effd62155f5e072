extension BenchRecord {
    /// The run as a log of HdrHistogram (`.hlog`, version 1.3), in nanoseconds: one interval for each slice of time, and for each tool one over the whole
    /// with the tool as its tag. Readers add intervals up, those of several runs too.
    public var hlog: String {
        let start = (Double(time) / 1000).fixed(3)
        var lines = [
            "#[Logged by interlock bench]", "#[Histogram log format version 1.3]",
            "#[StartTime: \(start) (seconds since epoch), \(DayTime(milliseconds: time).text) UTC]", "#[BaseTime: \(start) (seconds since epoch)]",
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"",
        ]
        func interval(_ tag: String, from start: Double, length: Double, _ latency: LatencyHistogram) {
            let longest = Double(latency.range?.upperBound ?? 0) / 1e6
            lines.append("\(tag)\(start.fixed(3)),\(length.fixed(3)),\(longest.fixed(3)),\(HdrEncoding.text(latency))")
        }
        for (index, slice) in result.slices.enumerated() where slice.latency.count > 0 {
            interval("", from: Double(index) * result.sliceSeconds, length: result.sliceSeconds, slice.latency)
        }
        for (tool, measure) in result.tools.sorted(by: { $0.key < $1.key }) where measure.latency.count > 0 {
            // A tag holds no comma and no white space.
            var tag = String.UnicodeScalarView()
            tag.append(contentsOf: tool.unicodeScalars.map { $0 == "," || $0.properties.isWhitespace || $0.value < 0x20 ? "_" : $0 })
            interval("Tag=\(tag),", from: 0, length: result.offeredSeconds, measure.latency)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
