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
        outcomes[outcome, default: 0] += 1
        if outcome == .ok {
            self.latency.record(latency)
            self.service.record(service)
        } else {
            failed.record(latency)
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
