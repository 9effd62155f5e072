/// What a load brought, with its whole distribution and its course over time.
public struct LoadResult: Sendable, Hashable {
    /// Seconds during which calls were begun, and until the last had ended.
    public var offeredSeconds = 0.0
    public var seconds = 0.0
    /// Calls a second, where they were due at one rate all the way; 0 for ramps, phases, and clients that wait for their answers.
    public var rate = 0.0
    /// Calls that were due.
    public var offered = 0
    /// Calls that began late although there was a place for them: the generator was slow.
    public var lateStarts = 0
    /// Calls that waited for a place, and calls dropped because too many waited.
    public var waited = 0
    public var dropped = 0
    public var total = LoadMeasure()
    public var tools: [String: LoadMeasure] = [:]
    /// Equal slices of time, by when calls were due: the blocks that ``BenchComparison`` draws from.
    public var slices: [LoadMeasure] = []
    public var sliceSeconds = 0.0
    /// Cores the generator itself kept busy on average; 0.8 is most of one core.
    public var generatorCores = 0.0
    /// First messages of failures, by kind.
    public var examples: [String: String] = [:]

    /// Calls that succeeded per second.
    public var throughput: Double { max(seconds, offeredSeconds) > 0 ? Double(total.latency.count) / max(seconds, offeredSeconds) : 0 }

    /// Adds a later load on the same server as one more slice.
    mutating func append(_ block: LoadResult) {
        let whole = seconds + block.seconds
        if whole > 0 { generatorCores = (generatorCores * seconds + block.generatorCores * block.seconds) / whole }
        seconds = whole
        rate = block.rate
        offeredSeconds += block.offeredSeconds
        offered += block.offered
        lateStarts += block.lateStarts
        waited += block.waited
        dropped += block.dropped
        total.merge(block.total)
        for (tool, measure) in block.tools { tools[tool, default: LoadMeasure()].merge(measure) }
        slices.append(block.total)
        sliceSeconds = offeredSeconds / Double(slices.count)
        examples.merge(block.examples) { first, _ in first }
    }

    private var areStartsLate: Bool { lateStarts > 2 && Double(lateStarts) > 0.01 * Double(offered) }

    /// Whether the generator may have been the limit; what it brought then says little about the server.
    public var isGeneratorBound: Bool { areStartsLate || generatorCores > 0.8 }

    /// Why the generator, and not the server, may have decided the figures; empty when nothing points to it.
    public var warnings: [String] {
        var warnings: [String] = []
        if generatorCores > 0.8 { warnings.append("the generator kept \(generatorCores.fixed(2)) cores busy: it may have been the limit") }
        if areStartsLate {
            warnings.append("\(lateStarts) of \(offered) calls began late although there was room: the generator was the limit")
        }
        if dropped > 0 { warnings.append("\(dropped) calls were dropped because too many waited: latencies are too good") }
        return warnings
    }
}
