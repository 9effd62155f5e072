public import InterlockJSON

/// What five steps found in one server: profile, benchmark, memory, workers, concurrency.
public struct FiveStepsReport: Sendable {
    /// The server as it was addressed.
    public var target: String
    /// What it says it is, and the revision it speaks.
    public var server: String
    /// Milliseconds since the Unix epoch, when the report was begun.
    public var time: Int64
    public var machine: MachineFingerprint
    /// In the order of the steps; those that were not asked for are absent.
    public var steps: [StepOutcome]

    public init(target: String, server: String, time: Int64, machine: MachineFingerprint = .current, steps: [StepOutcome]) {
        self.target = target
        self.server = server
        self.time = time
        self.machine = machine
        self.steps = steps
    }

    /// The gravest verdict of all steps.
    public var verdict: StepOutcome.Verdict { steps.map(\.verdict).max() ?? .undecided }

    /// The whole report in one sentence.
    public var headline: String {
        func named(_ steps: [StepOutcome]) -> String { steps.map { $0.step.title.lowercased() }.joined(separator: ", ") }
        let count = steps.count == 1 ? "this step" : "\(steps.count) steps"
        let (faults, concerns) = (steps.filter { $0.verdict == .fault }, steps.filter { $0.verdict == .attention })
        let unknown = steps.filter { $0.verdict == .undecided }
        if let worst = faults.first {
            return "Not ready for many agents: \(faults.count) of \(count) found a fault (\(named(faults))). First of all: \(worst.sentence)"
        }
        if let first = concerns.first {
            return "Usable, with \(concerns.count == 1 ? "one thing" : "\(concerns.count) things") to look at (\(named(concerns))). First of all: "
                + "\(first.sentence)"
        }
        if unknown.count == steps.count { return "Nothing could be told: \(unknown.first?.sentence ?? "no step was run.")" }
        if !unknown.isEmpty { return "Nothing wrong was found, but not every step could tell (\(named(unknown)))." }
        let benchmark = steps.first { $0.step == .benchmark }
        return "Nothing wrong was found in \(count)." + (benchmark.map { " \($0.sentence)" } ?? "")
    }

    /// The benchmark as it is saved, to be a baseline later; `nil` when no load was run.
    public var benchmark: BenchRecord? {
        steps.lazy.compactMap { step in step.load.map { (step.asked, $0) } }.first.map { asked, result in
            BenchRecord(target: target, seed: FiveStepsRun.seed, time: time, machine: machine, load: asked, result: result)
        }
    }

    /// The report for programs. Times of steps are in seconds; figures carry their units.
    public var json: JSONValue {
        func number(_ value: Double) -> JSONValue { JSONNumber(value).map(JSONValue.number) ?? .null }
        func figures(_ figures: [DoctorFinding.Figure]) -> JSONValue {
            .array(figures.map { ["name": .string($0.name), "value": number($0.value), "unit": .string($0.unit)] })
        }
        let steps = steps.map { step -> JSONValue in
            var members: JSONObject = [
                "step": .string(step.step.rawValue), "verdict": .string(step.verdict.rawValue), "sentence": .string(step.sentence), "next": .string(step.next),
                "cannotCatch": .string(step.cannotCatch), "seconds": number(step.took.seconds), "figures": figures(step.figures),
                "findings": .array(step.findings.map { finding in
                    [
                        "code": .string(finding.code.rawValue), "severity": .string(finding.severity.rawValue), "sentence": .string(finding.sentence),
                        "advice": .string(finding.advice), "evidence": figures(finding.evidence),
                    ]
                }),
                "sound": .array(step.sound.map { .string($0) }), "undecided": .array(step.undecided.map { .string($0) }),
            ]
            if let comparison = step.comparison { members["comparison"] = comparison.json }
            return .object(members)
        }
        return [
            "verdict": .string(verdict.rawValue), "headline": .string(headline), "target": .string(target), "server": .string(server),
            "time": .number(JSONNumber(time)), "steps": .array(steps),
        ]
    }
}
