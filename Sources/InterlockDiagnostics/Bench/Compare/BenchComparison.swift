import InterlockSimulation

/// Whether a run is slower than its baseline, or fails more often, from the whole distributions and not from two figures.
///
/// Both runs are cut into blocks of time. Drawing blocks with replacement (block bootstrap, seeded) keeps calls together that stood in one queue, and
/// gives the ratio of each percentile, and the difference of the shares of failed calls, an interval. Blocks of servers that were loaded by turns are drawn
/// in pairs, so that whatever the machine did to both says nothing about either.
///
/// A regression is a ratio over its limit whose interval lies above 1 plus the smallest effect; a ratio over its limit whose interval does not is undecided,
/// and so is one within its limit whose interval reaches beyond ``reach`` times the limit: longer runs will tell.
public struct BenchComparison: Sendable, Hashable {
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

    /// How many times its limit the upper end of an interval may reach, for the ratio to be called within it.
    public static let reach = 1.5

    public var rows: [Row]
    /// The share of failed calls in both runs.
    public var baselineErrors: Double
    public var candidateErrors: Double
    /// Where the difference of the shares lies with 99 % confidence, and how much larger the run's may be.
    public var errorInterval: ClosedRange<Double>
    public var moreErrors: Double
    /// What is said of the failures: a regression is a difference that is too large, and with confidence larger than half of what is allowed.
    public var errorVerdict: Verdict
    /// Why the latencies of a side may not be those of its server: its generator was the limit, or calls were dropped.
    public var doubts: [String] = []
    /// Whether a ratio over its limit proves nothing either. Calls that the candidate dropped only make it look better, and so excuse no regression.
    private var mayExcuse = false

    /// Whether the run fails more often than it may beside its baseline.
    public var hasMoreErrors: Bool { errorVerdict == .regression }

    /// What the whole says: the worst of its parts; undecided where there are ``doubts``.
    public var verdict: Verdict {
        let verdicts = rows.map(\.verdict)
        if hasMoreErrors { return .regression }
        if !doubts.isEmpty { return !mayExcuse && verdicts.contains(.regression) ? .regression : .undecided }
        return [.regression, .notEnoughData, .undecided].first { (verdicts + [errorVerdict]).contains($0) } ?? .within
    }

    /// Compares two runs.
    ///
    /// - Parameters:
    ///   - paired: whether the slices of both runs are blocks that were loaded by turns, each beside the one at its place.
    ///   - smallestEffect: a difference of at most this share is never a regression, however certain; the default is a twentieth.
    ///   - moreErrors: how much larger the share of failed calls may be.
    ///   - acrossMachines: compares figures of different machines all the same.
    ///   - acrossLoads: compares figures of unlike loads all the same.
    /// - Throws: ``BenchError`` when the runs come from different machines, or say that their loads were unlike.
    public init(
        baseline: BenchRecord, candidate: BenchRecord, bounds: [Bound], paired: Bool = false, smallestEffect: Double = 0.05, moreErrors: Double = 0.01,
        acrossMachines: Bool = false, acrossLoads: Bool = false, draws: Int = 1_000, seed: UInt64 = 1
    ) throws(BenchError) {
        if !acrossMachines { try Self.requireOneMachine(baseline.machine, candidate.machine) }
        if !acrossLoads { try Self.requireLikeLoads(baseline.load, candidate.load) }
        doubts = baseline.result.warnings.map { "baseline: \($0)" } + candidate.result.warnings.map { "candidate: \($0)" }
        mayExcuse = !baseline.result.warnings.isEmpty || candidate.result.isGeneratorBound
        (baselineErrors, candidateErrors) = (baseline.result.total.errorShare, candidate.result.total.errorShare)
        let (old, new) = (ComparedRun(baseline.result), ComparedRun(candidate.result))
        let drawn = DrawnFigures(old, new, bounds: bounds, paired: paired, draws: draws, seed: seed)

        self.moreErrors = moreErrors
        errorInterval = drawn.map { DrawnFigures.interval($0.errors) } ?? -1...1
        errorVerdict =
            if candidateErrors <= baselineErrors + moreErrors {
                .within
            } else if drawn == nil {
                .notEnoughData
            } else {
                errorInterval.lowerBound > moreErrors / 2 ? .regression : .undecided
            }
        rows = []
        for (index, bound) in bounds.enumerated() {
            let (was, now) = (old.waits.quantile(bound.share), new.waits.quantile(bound.share))
            let ratio = Double(max(1, now?.nanosecondsRounded ?? 1)) / Double(max(1, was?.nanosecondsRounded ?? 1))
            let interval = drawn.map { DrawnFigures.interval($0.ratios[index]) } ?? 0...Double.infinity
            let verdict: Verdict =
                if drawn == nil || min(old.waits.count, new.waits.count) < bound.neededCalls {
                    .notEnoughData
                } else if ratio <= bound.limit {
                    interval.upperBound > bound.limit * Self.reach ? .undecided : .within
                } else {
                    interval.lowerBound > 1 + smallestEffect ? .regression : .undecided
                }
            rows.append(Row(bound: bound, baseline: was ?? .zero, candidate: now ?? .zero, ratio: ratio, interval: interval, verdict: verdict))
        }
    }
}
