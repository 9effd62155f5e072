/// One side of a comparison: what its callers waited, and its blocks of time.
struct ComparedRun {
    /// What all callers waited, those without an answer as long as they did.
    let waits: LatencyHistogram
    /// The slices, also those without a call.
    let blocks: [BlockBootstrap.Block]

    init(_ result: LoadResult) {
        let usual = result.total.latency.quantile(0.5) ?? .zero
        waits = result.total.waits(usual: usual)
        blocks = result.slices.map { .init(waits: $0.waits(usual: usual), calls: $0.calls, failed: $0.failed.count) }
    }
}
