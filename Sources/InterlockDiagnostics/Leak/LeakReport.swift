import InterlockConcurrency

/// What grew in a server's process, by what was asked of it.
public struct LeakReport: Sendable {
    /// A quantity that can leak.
    public enum Quantity: String, Sendable, Hashable, CaseIterable {
        case privateDirty = "private dirty memory"
        case proportional = "proportional memory"
        case resident = "resident memory"
        case anonymous = "anonymous memory"
        case descriptors, threads, children

        public var isBytes: Bool {
            switch self {
            case .privateDirty, .proportional, .resident, .anonymous: true
            case .descriptors, .threads, .children: false
            }
        }

        func value(_ sample: ProcessSample) -> Int? {
            switch self {
            case .privateDirty: sample.privateDirty
            case .proportional: sample.proportional
            case .resident: sample.resident
            case .anonymous: sample.anonymous
            case .descriptors: sample.descriptors
            case .threads: sample.threads
            case .children: sample.children
            }
        }
    }

    /// One quantity of one part of the run.
    public struct Measure: Sendable {
        public var quantity: Quantity
        /// Against cycles; against minutes in the part without calls.
        public var series: GrowthSeries
        public var judgement: GrowthJudgement
    }

    /// One kind of work, done apart from the others.
    public struct Part: Sendable {
        /// What was done; `nil` for the part in which nothing was.
        public var operation: ProbeOperation?
        public var cycles: Int
        public var failures: Int
        public var duration: Duration
        public var measures: [Measure]
        /// What of the live objects changed, by the bytes that it grew; `nil` where they were not counted.
        public var objects: [ObjectGrowth]?
        /// Why it ended before its time; `nil` where it did not.
        public var ended: String?
        /// Cycles of which the server wanted nothing, because it was busy or unwilling; they are not among ``cycles``. `nil` where there were none.
        public var refused: Refusals?

        /// How many were refused, and what was said of the first.
        public struct Refusals: Sendable, Hashable {
            public var count: Int
            public var reason: String
        }

        /// What keeps this part from being all that it was to be.
        var notes: [String] {
            let name = operation.map { "\($0)" } ?? "the time without calls"
            return (refused.map { ["\(name): \($0.count) cycles were refused and count for nothing: \($0.reason)"] } ?? [])
                + (ended.map { ["\(name) ended early: \($0)"] } ?? [])
        }

        /// Types whose objects grow in number with the work, by bytes for each cycle, largest first.
        public var foundObjects: [ObjectGrowth] { (objects ?? []).filter(\.isFound).sorted { $0.bytesPerCycle > $1.bytesPerCycle } }

        /// What counts: the best measure of memory there is, and the counted quantities.
        public var deciding: [Measure] {
            let memory: [Quantity] = [.privateDirty, .proportional, .anonymous, .resident]
            let best = memory.lazy.compactMap { quantity in measures.first { $0.quantity == quantity } }.first
            return (best.map { [$0] } ?? []) + measures.filter { !$0.quantity.isBytes }
        }

        /// The worst of what counts; objects that grow are a leak even where their memory is too little to be seen.
        public var verdict: GrowthJudgement.Verdict {
            foundObjects.isEmpty ? GrowthJudgement.Verdict.worst(deciding.map(\.judgement.verdict)) : .leak
        }
    }

    public var parts: [Part]
    public var runtime: ServerRuntimeKind
    /// The command that takes the runtime's own snapshot.
    public var snapshot: String?
    /// What could not be measured or done, and why.
    public var limits: [String]
    /// What is held of sessions that nobody ends; `nil` where that was not looked at.
    public var abandoned: AbandonedSessions?
    /// That the server went away; what would have come after it was not done.
    public var loss: ServerLoss?
    /// Kinds of work that were not done because tools were named, and how to have them; `nil` where all were done. It bears on no verdict.
    public var leftOut: String?

    /// What a reader must know besides the verdict: ``limits``, and what was left out.
    package var notes: [String] { limits + (leftOut.map { [$0] } ?? []) }

    /// The worst of all parts. Sessions that nobody ends count where it was said how long they live.
    public var verdict: GrowthJudgement.Verdict {
        let verdicts = parts.map(\.verdict)
        guard let abandoned, abandoned.isStated else { return GrowthJudgement.Verdict.worst(verdicts) }
        let more: GrowthJudgement.Verdict = switch abandoned.verdict {
        case .held: .leak
        case .notEnoughData: .notEnoughData
        case .nothing, .givenBack: .noLeak
        }
        return GrowthJudgement.Verdict.worst(verdicts + [more])
    }

    /// Whether live objects were counted by type.
    public var countsObjects: Bool { parts.contains { $0.objects != nil } }

    /// The type that keeps the most for each cycle of the first part in which one does: "ListenerBox: +1.00 objects a call, 1,024 bytes a call".
    public var objectSentence: String? {
        let found = parts.lazy.compactMap { part in part.foundObjects.first.map { (part: part, type: $0, more: part.foundObjects.count - 1) } }.first
        return found.map { $0.type.sentence($0.part.operation?.unit ?? "minute") + ($0.more > 0 ? " (and \($0.more) more \($0.more == 1 ? "type" : "types"))" : "") }
    }
}

extension GrowthJudgement.Verdict {
    /// The verdict on several: a leak in one is a leak, and no leak is only what was seen in all.
    static func worst(_ verdicts: [Self]) -> Self {
        let order: [Self] = [.leak, .notEnoughData, .plateau, .noLeak]
        return order.first { verdicts.contains($0) } ?? .notEnoughData
    }
}
