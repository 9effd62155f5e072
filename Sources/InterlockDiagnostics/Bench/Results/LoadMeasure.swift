/// What calls brought: of a run, of a tool in it, or of a slice of its time.
public struct LoadMeasure: Sendable, Hashable {
    /// Latency of the calls that succeeded, from when each was due.
    public var latency = LatencyHistogram()
    /// The same calls from when each really began: without the wait for a place.
    public var service = LatencyHistogram()
    /// Latency of the calls that failed, whichever way; a fast refusal must not improve the figures of the others.
    public var failed = LatencyHistogram()
    public var outcomes: [CallOutcome: Int] = [:]

    /// Makes an empty measure.
    public init() {}

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
        outcomes[outcome, default: 0] += 1
        if outcome == .ok {
            latency.record(nanoseconds: latencyNanoseconds)
            service.record(nanoseconds: serviceNanoseconds)
        } else {
            failed.record(nanoseconds: latencyNanoseconds)
        }
    }

    /// Adds what another has counted.
    public mutating func merge(_ other: LoadMeasure) {
        latency.merge(other.latency)
        service.merge(other.service)
        failed.merge(other.failed)
        outcomes.merge(other.outcomes, uniquingKeysWith: +)
    }
}
