/// What one step found: a verdict in one sentence, what shows it, what the step cannot see, and what to do next.
public struct StepOutcome: Sendable {
    /// How a step ended.
    public enum Verdict: String, Sendable, Hashable, Comparable, CaseIterable {
        /// Nothing is wrong with what could be told.
        case sound
        /// Too little was seen to tell.
        case undecided = "not enough data"
        /// It costs time, or breaks a rule.
        case attention = "needs attention"
        /// It brings the server down, or loses what its users do.
        case fault

        private var rank: Int {
            switch self {
            case .sound: 0
            case .undecided: 1
            case .attention: 2
            case .fault: 3
            }
        }

        public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
    }

    public var step: DiagnosisStep
    public var verdict: Verdict
    /// What was found, in one sentence.
    public var sentence: String
    /// What to do next, in one sentence.
    public var next: String
    /// What this step cannot catch, as it was run.
    public var cannotCatch: String
    /// The figures that are read first.
    public var figures: [DoctorFinding.Figure] = []
    /// What is wrong, the gravest first; empty for steps that judge by their figures alone.
    public var findings: [DoctorFinding] = []
    /// What was looked at and found in order.
    public var sound: [String] = []
    /// What could not be told, each with the reason.
    public var undecided: [String] = []
    /// How long the step took.
    public var took: Duration = .zero
    /// What the comparison with a baseline says, of a benchmark that has one.
    public var comparison: BenchComparison?
    /// The whole load of a benchmark.
    package var load: LoadResult?
    /// What was asked in it.
    package var asked: LoadDescription?
    /// Plots and tables, for the page.
    package var exhibits: [ReportExhibit] = []

    init(_ step: DiagnosisStep, _ verdict: Verdict, _ sentence: String, next: String, cannotCatch: String) {
        self.step = step
        self.verdict = verdict
        self.sentence = sentence
        self.next = next
        self.cannotCatch = cannotCatch
    }

    /// The outcome that follows from a diagnosis: its gravest finding speaks for it.
    init(_ step: DiagnosisStep, _ diagnosis: Diagnosis, sound: (sentence: String, next: String), cannotCatch: String) {
        let wrong = diagnosis.findings.filter { $0.severity > .note }
        if let first = wrong.first {
            let more = wrong.count > 1 ? " \(wrong.count - 1) more below." : ""
            self.init(step, first.severity == .fault ? .fault : .attention, first.sentence + more, next: first.advice, cannotCatch: cannotCatch)
        } else if let disturbed = diagnosis.disturbed.first {
            self.init(
                step, .undecided, "It cannot be told \(disturbed.reason).", next: "Run it again on a quieter machine: `interlock report --only \(step.rawValue)`.",
                cannotCatch: cannotCatch)
        } else if diagnosis.sound.isEmpty, diagnosis.findings.isEmpty {
            self.init(
                step, .undecided, "Nothing could be told." + (diagnosis.undecided.first.map { " First of all: \($0)." } ?? ""),
                next: "Remove what kept it from telling, or give it longer with --seconds.", cannotCatch: cannotCatch)
        } else if !diagnosis.untold.isEmpty {
            let sentence = diagnosis.inconclusive
            self.init(step, .undecided, sentence.prefix(1).uppercased() + sentence.dropFirst() + ".", next: Self.cure(diagnosis), cannotCatch: cannotCatch)
        } else {
            self.init(step, .sound, sound.sentence, next: sound.next, cannotCatch: cannotCatch)
        }
        findings = diagnosis.findings
        self.sound = diagnosis.sound
        undecided = diagnosis.undecided
    }

    /// What to do where nothing could be said of calls or stalls.
    private static func cure(_ diagnosis: Diagnosis) -> String {
        if diagnosis.untold == [.stalls] { return "Name a quick tool as well, with --tool NAME: only calls of a few milliseconds show a stall." }
        return "Remove what kept it from being told: \(diagnosis.undecided.first ?? "too few calls were answered")."
    }
}
