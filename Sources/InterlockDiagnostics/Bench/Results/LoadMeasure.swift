/// What calls brought: of a run, of a tool in it, or of a slice of its time.
public struct LoadMeasure: Sendable, Hashable {
    /// Latency of the calls that succeeded, from when each was due.
    public var latency = LatencyHistogram()
    /// The same calls from when each really began: without the wait for a place.
    public var service = LatencyHistogram()
    /// Latency of the calls that failed, whichever way; a fast refusal must not improve the figures of the others.
    public var failed = LatencyHistogram()
    /// Those of the failed calls that had no answer: their callers waited at least so long.
    public var unanswered = LatencyHistogram()
    var counts = OutcomeCounts()

    /// Makes an empty measure.
    public init() {}

    /// How many calls ended in which way; what did not occur is left out.
    public var outcomes: [CallOutcome: Int] {
        Dictionary(uniqueKeysWithValues: CallOutcome.allCases.lazy.map { ($0, counts[$0]) }.filter { $0.1 > 0 })
    }

    /// Calls that have ended.
    public var calls: Int { latency.count + failed.count }

    /// The share of calls that failed, from 0 to 1.
    public var errorShare: Double { calls == 0 ? 0 : Double(failed.count) / Double(calls) }

    /// Counts one call.
    public mutating func record(_ outcome: CallOutcome, latency: Duration, service: Duration) {
        record(outcome, latencyNanoseconds: latency.nanosecondsRounded, serviceNanoseconds: service.nanosecondsRounded)
    }

    /// The same where both are known as whole nanoseconds.
    mutating func record(_ outcome: CallOutcome, latencyNanoseconds: Int64, serviceNanoseconds: Int64) {
        counts[outcome] += 1
        if outcome == .ok {
            latency.record(nanoseconds: latencyNanoseconds)
            service.record(nanoseconds: serviceNanoseconds)
        } else {
            failed.record(nanoseconds: latencyNanoseconds)
            if outcome == .transportError { unanswered.record(nanoseconds: latencyNanoseconds) }
        }
    }

    /// Adds what another has counted.
    public mutating func merge(_ other: LoadMeasure) {
        latency.merge(other.latency)
        service.merge(other.service)
        failed.merge(other.failed)
        unanswered.merge(other.unanswered)
        counts.add(other.counts)
    }

    /// What callers waited, the answered and those without an answer that waited at least as long as `usual`, as long as they did.
    ///
    /// A call that was given up after 30 s took 30 s at least, and may not vanish from the tail; one that failed sooner than an answer usually takes says
    /// nothing about waiting, and is a failure alone.
    func waits(usual: Duration) -> LatencyHistogram {
        var waits = latency
        let least = usual.nanosecondsRounded
        for bucket in unanswered.buckets where bucket.upperBound >= least { waits.record(nanoseconds: bucket.upperBound, times: bucket.count) }
        return waits
    }
}
