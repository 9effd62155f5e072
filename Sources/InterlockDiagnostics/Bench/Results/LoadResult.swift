/// What a load brought, with its whole distribution and its course over time.
public struct LoadResult: Sendable, Hashable {
    /// Seconds during which calls were begun.
    public var offeredSeconds = 0.0
    /// Seconds until the last successful answer.
    public var answeredSeconds = 0.0
    /// Seconds until the last call had ended or was given up: one without an answer may hold a run up far beyond its load.
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
    /// Cores the generator itself kept busy on average while calls were begun.
    public var generatorCores = 0.0
    /// Threads that its calls ran on at most: so many cores it can keep busy.
    public var generatorThreads = 1
    /// First messages of failures, by kind.
    public var examples: [String: String] = [:]

    /// Calls that succeeded per second, until the last of them was answered; the wait for those that never were is not held against the others.
    public var throughput: Double {
        let time = max(offeredSeconds, answeredSeconds)
        return time > 0 ? Double(total.latency.count) / time : 0
    }

    /// Adds a later load on the same server as one more slice.
    mutating func append(_ block: LoadResult) {
        let whole = offeredSeconds + block.offeredSeconds
        if whole > 0 { generatorCores = (generatorCores * offeredSeconds + block.generatorCores * block.offeredSeconds) / whole }
        generatorThreads = max(generatorThreads, block.generatorThreads)
        offeredSeconds = whole
        answeredSeconds += max(block.offeredSeconds, block.answeredSeconds)
        seconds += block.seconds
        rate = block.rate
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

    /// The share of their time that the generator's threads were busy; 0.8 is most of what they can.
    public var generatorShare: Double { generatorCores / Double(max(1, generatorThreads)) }

    private var areThreadsBusy: Bool { generatorShare > 0.8 }

    /// Whether the generator may have been the limit; what it brought then says little about the server.
    public var isGeneratorBound: Bool { areStartsLate || areThreadsBusy }

    /// Why the generator, and not the server, may have decided the figures; empty when nothing points to it.
    public var warnings: [String] {
        var warnings: [String] = []
        if areThreadsBusy {
            let threads = generatorThreads > 1 ? "\(generatorThreads) threads" : "one thread"
            warnings.append("the generator kept its \(threads) busy for \((generatorShare * 100).fixed(0)) % of the time: it may have been the limit")
        }
        if areStartsLate {
            warnings.append("\(lateStarts) of \(offered) calls began late although there was room: the generator was the limit")
        }
        if dropped > 0 { warnings.append("\(dropped) calls were dropped because too many waited: latencies are too good") }
        return warnings
    }
}
