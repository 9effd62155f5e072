import InterlockConcurrency

/// One series of a metric: what its handlers write to and what a scrape reads.
///
/// Shared by all handlers of the same name and labels. Writing is lock-free or one short critical section; reading may
/// happen at any time.
protocol MetricSeries: AnyObject, Sendable {
    /// Where the registry keeps it.
    var place: SeriesPlace { get }
    /// Notes what was added since the last time, for rates and recent quantiles.
    func sample(at now: MonotonicTime, isFirst: Bool)
    /// What it stands at; `nil` when there is nothing to tell.
    func reading(at now: MonotonicTime) -> MetricsSnapshot.Reading?
}
