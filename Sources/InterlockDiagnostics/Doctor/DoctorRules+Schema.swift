/// What checking arguments against a tool's schema takes.
extension DoctorRules {
    static func schemas(_ seen: DoctorObservations, _ diagnosis: inout Diagnosis) {
        let quiet = median(seen.quietBeats)
        for refusals in seen.refusals {
            let tool = refusals.tool, least = refusals.checking(quiet: quiet)
            let told = "\(tool): \(whole(least)) ms to refuse arguments that its schema does not allow"
            guard least >= DoctorObservations.Refusals.slow else {
                diagnosis.sound.append(told)
                continue
            }
            guard let cpu = refusals.cpuPerCall else {
                diagnosis.undecided.append("whether the schema of \(tool) is slow to check: it takes \(whole(least)) ms to refuse arguments, and no process is known "
                    + "to see whether it computes meanwhile")
                continue
            }
            guard refusals.isSlow(quiet: quiet) else {
                diagnosis.sound.append(told + ", and it does not compute meanwhile")
                continue
            }
            diagnosis.findings.append(DoctorFinding(
                .slowSchema, .warning, "\(tool) takes \(whole(least)) ms to refuse arguments that its schema does not allow, and as long before each call.",
                advice: "Compile the schema once, when the tool is registered, and keep what checks it.",
                evidence: [
                    .init("fastest refusal", refusals.times.min() ?? 0, "ms"), .init("trivial request", quiet, "ms"),
                    .init("processor time of a refusal", cpu, "ms"), .init("refusals", Double(refusals.times.count)),
                ], weight: least))
        }
    }
}

extension DoctorObservations.Refusals {
    /// From so many milliseconds on it is worth speaking of: every call pays them.
    static let slow = 50.0

    /// What the fastest took beyond a trivial request: what is not the way there and back. Nothing else may be held against the schema.
    func checking(quiet: Double) -> Double { max(0, (times.min() ?? 0) - quiet) }

    /// Processor time of the server for each; `nil` when its process is not known.
    var cpuPerCall: Double? { cpu.map { $0 / Double(max(1, times.count)) } }

    /// Whether the schema is slow. Checking is computing: what is slow and computes less than most of that time waits for somebody else, and where no
    /// process is known nobody can tell the two apart.
    func isSlow(quiet: Double) -> Bool {
        let least = checking(quiet: quiet)
        guard let cpuPerCall else { return false }
        return least >= Self.slow && cpuPerCall >= 0.7 * Self.slow && cpuPerCall >= least / 2
    }

    /// Whether checking is most of what a call of the tool takes, so that what is found of such calls follows from it.
    func explains(_ calls: DoctorObservations.Concurrency, quiet: Double) -> Bool {
        tool == calls.operation && isSlow(quiet: quiet) && checking(quiet: quiet) >= 0.7 * DoctorRules.median(calls.alone)
    }
}
