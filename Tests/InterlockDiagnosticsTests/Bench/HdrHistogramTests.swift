import Testing

@testable import InterlockDiagnostics

@Suite("What HdrHistogram's readers get")
struct HdrHistogramTests {
    private static func histogram(_ values: [Int64]) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        for value in values { histogram.record(nanoseconds: value) }
        return histogram
    }

    @Test("the encoding is byte for byte that of HdrHistogram itself, for the same values and as stored blocks")
    func golden() {
        // By hdrhistogram 0.10 for Python, HdrHistogram(1, 3600000000000, 3), its zlib stream written at level 0.
        let encoded = HdrEncoding.text(Self.histogram([1000, 1002, 2_000_000, 2_000_000, 3_000_000]))
        #expect(encoded == "HISTFAAAAD94AQE0AMv/HISTEwAAAAwAAAAAAAAAAwAAAAAAAAABAAADRjC4oAA/8AAAAAAAAM8PAgEC664BBKsIApsIB40=")
        #expect(HdrEncoding.doublings(to: 3_600_000_000_000) == 32 && HdrEncoding.doublings(to: 2_047) == 1 && HdrEncoding.doublings(to: .max) == 53)
        // An empty one, and one with latencies of centuries, are encoded too.
        #expect(HdrEncoding.text(LatencyHistogram()).hasPrefix("HISTFAAA") && HdrEncoding.text(Self.histogram([0, .max])).hasPrefix("HISTFAAA"))
    }

    @Test("as text for the plotters it ends with mean, deviation, maximum, every call counted, and its buckets")
    func hgrm() {
        let lines = Self.histogram([1_000_000, 2_000_000, 3_000_000, 4_000_000]).hgrm.split(separator: "\n")
        #expect(lines[1].hasSuffix("0.250000000000 1 1.33") && lines[4].hasSuffix("1.000000000000 4 inf"))
        #expect(lines[5].hasPrefix("#[Mean    = 2.500000, StdDeviation   = 1.11"))
        #expect(lines[6] == "#[Max     = 4.000000, Total count    = 4]" && lines[7] == "#[Buckets = 32, SubBuckets     = 2048]")
        #expect(LatencyHistogram().hgrm.contains("#[Mean    = 0.000000, StdDeviation   = 0.000000]"))
    }

    @Test("a log has an interval for each slice with calls, and one for each tool under its name without commas and spaces")
    func log() {
        var slice = LoadMeasure()
        slice.record(.ok, latency: .milliseconds(3), service: .zero)
        var result = LoadResult()
        (result.slices, result.sliceSeconds, result.offeredSeconds) = ([slice, LoadMeasure(), slice], 0.5, 1.5)
        result.tools = ["a tool, odd": slice, "never": LoadMeasure()]
        let log = BenchRecord(target: "t", seed: 1, time: 1_767_225_600_000, machine: MachineFingerprint(parts: [:]), result: result).hlog
        let lines = log.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasPrefix("\"") }
        #expect(lines.map { $0.prefix { $0 != "H" } } == ["0.000,0.500,3.000,", "1.000,0.500,3.000,", "Tag=a_tool__odd,0.000,1.500,3.000,"])
        #expect(log.contains("#[StartTime: 1767225600.000 (seconds since epoch), 2026-01-01 00:00 UTC]"))
    }
}
