import InterlockSimulation

/// Whether a run is slower than its baseline, from the whole distributions and not from two figures.
///
/// Both runs are cut into blocks of time. Drawing blocks with replacement (block bootstrap, seeded) keeps calls together that stood in one queue, and
/// gives the ratio of each percentile an interval. A regression is a ratio over its limit whose interval lies above 1 plus the smallest effect; a ratio
/// over its limit whose interval does not is undecided: longer runs will tell.
public struct BenchComparison: Sendable, Hashable {
    /// What is compared.
    public struct Bound: Sendable, Hashable {
        /// As in `p99`; for messages.
        public var name: String
        /// From 0 to 1.
        public var share: Double
        /// The largest ratio of the run to its baseline that is no regression; 1.10 allows a tenth.
        public var limit: Double

        /// Reads `p99=1.10`; `p50`, `p95`, `p99.9` and the like. Nil for anything else.
        public init?(parsing text: String) {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].first == "p", let percent = Double(parts[0].dropFirst()), percent > 0, percent < 100,
                let limit = Double(parts[1]), limit >= 1, limit.isFinite
            else { return nil }
            // Rounded, because 99.9 / 100 is not quite 0.999.
            self.init(name: String(parts[0]), share: (percent * 1e6).rounded() / 1e8, limit: limit)
        }

        /// Bounds a percentile.
        public init(name: String, share: Double, limit: Double) {
            self.name = name
            self.share = share
            self.limit = limit
        }
    }

    /// What a comparison says.
    public enum Verdict: String, Sendable, Hashable {
        case regression, undecided, within
        /// Too few blocks or calls for an interval.
        case notEnoughData
    }

    /// One percentile of both runs.
    public struct Row: Sendable, Hashable {
        public var bound: Bound
        public var baseline: Duration
        public var candidate: Duration
        public var ratio: Double
        /// Where the ratio lies with 99 % confidence.
        public var interval: ClosedRange<Double>
        public var verdict: Verdict
    }

    public var rows: [Row]
    /// The share of failed calls in both runs, and whether the run's exceeds the baseline's by more than allowed.
    public var baselineErrors: Double
    public var candidateErrors: Double
    public var hasMoreErrors: Bool
    /// Why the latencies of a side may not be those of its server: its generator was the limit, or calls were dropped.
    public var doubts: [String] = []
    /// Whether a ratio over its limit proves nothing either. Calls that the candidate dropped only make it look better, and so excuse no regression.
    private var mayExcuse = false

    /// What the whole says: the worst of its parts; undecided where there are ``doubts``.
    public var verdict: Verdict {
        if hasMoreErrors { return .regression }
        if !doubts.isEmpty { return !mayExcuse && rows.contains { $0.verdict == .regression } ? .regression : .undecided }
        for verdict in [Verdict.regression, .notEnoughData, .undecided] where rows.contains(where: { $0.verdict == verdict }) { return verdict }
        return .within
    }

    /// Compares two runs.
    ///
    /// - Parameters:
    ///   - smallestEffect: a difference of at most this share is never a regression, however certain; the default is a twentieth.
    ///   - moreErrors: how much larger the share of failed calls may be.
    ///   - acrossMachines: compares figures of different machines all the same.
    ///   - acrossLoads: compares figures of unlike loads all the same.
    /// - Throws: ``BenchError`` when the runs come from different machines, or say that their loads were unlike.
    public init(
        baseline: BenchRecord, candidate: BenchRecord, bounds: [Bound], smallestEffect: Double = 0.05, moreErrors: Double = 0.01,
        acrossMachines: Bool = false, acrossLoads: Bool = false, draws: Int = 1_000, seed: UInt64 = 1
    ) throws(BenchError) {
        if !acrossMachines { try Self.requireOneMachine(baseline.machine, candidate.machine) }
        if !acrossLoads { try Self.requireLikeLoads(baseline.load, candidate.load) }
        doubts = baseline.result.warnings.map { "baseline: \($0)" } + candidate.result.warnings.map { "candidate: \($0)" }
        mayExcuse = !baseline.result.warnings.isEmpty || candidate.result.isGeneratorBound
        (baselineErrors, candidateErrors) = (baseline.result.total.errorShare, candidate.result.total.errorShare)
        hasMoreErrors = candidateErrors > baselineErrors + moreErrors
        let old = baseline.result.slices.map(\.latency).filter { $0.count > 0 }
        let new = candidate.result.slices.map(\.latency).filter { $0.count > 0 }
        let (oldTotal, newTotal) = (baseline.result.total.latency, candidate.result.total.latency)
        var random = SeededRandom(seed: seed)
        var ratios = Array(repeating: [Double](), count: bounds.count)
        if old.count >= 5, new.count >= 5 {
            let (left, right) = (BlockBootstrap(old), BlockBootstrap(new))
            for _ in 0..<draws {
                let (leftTimes, rightTimes) = (left.draw(&random), right.draw(&random))
                for (index, bound) in bounds.enumerated() {
                    let (was, now) = (left.quantile(bound.share, times: leftTimes), right.quantile(bound.share, times: rightTimes))
                    ratios[index].append(Double(max(1, now)) / Double(max(1, was)))
                }
            }
        }
        rows = []
        for (index, bound) in bounds.enumerated() {
            let ratio = Self.ratio(newTotal, oldTotal, bound.share)
            let sorted = ratios[index].sorted()
            let tail = sorted.count / 200
            let interval = sorted.isEmpty ? 0...Double.infinity : sorted[tail]...sorted[sorted.count - 1 - tail]
            // Ten calls beyond the percentile are the least that place it.
            let hasEnough = !sorted.isEmpty && Double(min(oldTotal.count, newTotal.count)) * (1 - bound.share) >= 10
            let verdict: Verdict =
                if !hasEnough {
                    .notEnoughData
                } else if ratio <= bound.limit {
                    .within
                } else {
                    interval.lowerBound > 1 + smallestEffect ? .regression : .undecided
                }
            rows.append(
                Row(
                    bound: bound, baseline: oldTotal.quantile(bound.share) ?? .zero, candidate: newTotal.quantile(bound.share) ?? .zero, ratio: ratio,
                    interval: interval, verdict: verdict))
        }
    }

    /// Refuses runs of two machines; to be asked before a load is run for nothing.
    package static func requireOneMachine(_ baseline: MachineFingerprint, _ candidate: MachineFingerprint = .current) throws(BenchError) {
        let differences = baseline.differences(from: candidate)
        guard differences.isEmpty else {
            throw BenchError(
                "the runs come from different machines (\(differences.joined(separator: ", "))), which says nothing about the server; "
                    + "run both on one, or say --across-machines")
        }
    }

    /// Refuses runs of unlike loads; to be asked before a load is run for nothing. What a side does not say is not held against it.
    package static func requireLikeLoads(_ baseline: LoadDescription?, _ candidate: LoadDescription?) throws(BenchError) {
        guard let baseline, let candidate else { return }
        let differences = baseline.differences(from: candidate)
        guard differences.isEmpty else {
            throw BenchError(
                "the runs come from unlike loads (\(differences.joined(separator: "; "))), which says nothing about the server; "
                    + "give both the same, or say --across-loads")
        }
    }

    private static func ratio(_ new: LatencyHistogram, _ old: LatencyHistogram, _ share: Double) -> Double {
        Double(max(1, new.quantile(share)?.nanosecondsRounded ?? 1)) / Double(max(1, old.quantile(share)?.nanosecondsRounded ?? 1))
    }
}
