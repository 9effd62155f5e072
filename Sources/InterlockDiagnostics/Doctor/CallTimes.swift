/// How long calls of one tool take, alone and at once, and what the time went to: enough to tell waiting in line from computing. Pure; milliseconds.
struct CallTimes {
    /// Calls quicker than this say nothing by a few at once: the noise is as long.
    static let slow = 10.0

    /// One call, and as many at once as ``width``, at the median.
    var alone: Double
    var batch: Double
    var width: Double
    /// All batches, and the processor time of the server in them; `nil` when its process is not known.
    var wall: Double
    var cpu: Double?
    /// Processor time of one call: the least that was seen, because trivial requests beside the calls compute as well.
    var perCall: Double?
    /// Calls in all batches.
    private let calls: Double
    /// How much longer a trivial request took beside them than alone; `nil` below three readings.
    var delay: Double?
    /// One call and all batches as they were measured, where the others are without the machine's part.
    let measuredAlone: Double
    let measuredWall: Double

    /// The figures as they were measured.
    init(_ seen: DoctorObservations.Concurrency, quiet: Double) {
        alone = DoctorRules.median(seen.alone)
        batch = DoctorRules.median(seen.batches)
        width = Double(seen.width)
        wall = seen.batches.reduce(0, +)
        cpu = seen.cpu
        calls = Double(seen.width * seen.batches.count)
        let each = [seen.cpu.map { $0 / (Double(seen.width) * Double(seen.batches.count)) }, seen.aloneCPU.map { $0 / Double(max(1, seen.alone.count)) }]
        perCall = each.compactMap(\.self).min()
        delay = seen.beats.count >= 3 ? DoctorRules.high(seen.beats) - quiet : nil
        (measuredAlone, measuredWall) = (alone, wall)
    }

    /// The same without what the machine took.
    func without(_ seen: DoctorObservations.Concurrency, quiet: Double) -> CallTimes {
        var times = self
        let calls = seen.alone.reduce(0, +)
        times.alone *= seen.aloneContention.rest(of: calls) / max(calls, 0.001)
        times.wall = seen.contention.rest(of: wall)
        let rest = times.wall / max(wall, 0.001)
        times.batch *= rest
        times.delay = delay.map { ($0 + quiet) * rest - quiet }
        return times
    }

    /// From how many times as long as one call on so many at once have gone one by one: clear of what two at a time would take, which of an odd few is
    /// hardly less.
    static func lineRatio(_ width: Double) -> Double { max(0.6 * width, (width / 2).rounded(.up) + 0.5) }

    /// How many times as long as one call so many at once take.
    ///
    /// What the machine took of single calls is an upper bound, and must not make the others look long: no more than half of them is believed.
    var ratio: Double { batch / max(alone, measuredAlone / 2, 0.001) }

    /// What the figures say; `nil` when they accuse nobody.
    var code: DoctorFinding.Code? {
        guard alone >= Self.slow else { return nil }
        // Behind a thread that is held, others wait for one whole call at least; less than that is a busy machine.
        let isDelayed = (delay ?? 0) >= max(10, 0.9 * measuredAlone)
        // Of the time it was not kept waiting, at least half was spent computing, and a call is mostly that.
        if let cpu, let perCall, perCall >= 10, perCall >= alone / 4, cpu >= wall / 2 { return isDelayed ? .computesOnLoop : .cpuBound }
        guard ratio >= Self.lineRatio(width) else {
            return ratio < 0.4 * width && alone >= 150 && (perCall ?? 0) < 0.2 * alone ? .upstreamBound : nil
        }
        // What is neither computing nor waiting for a processor must be a good part of what was measured.
        guard wall - (perCall ?? 0) * calls >= 0.4 * measuredWall else { return nil }
        if isDelayed { return .blocksLoop }
        // A lock makes them as slow as one after the other; nothing makes them slower than that but somebody who counts.
        return ratio >= 2 * width ? .paced : .serialised
    }
}
