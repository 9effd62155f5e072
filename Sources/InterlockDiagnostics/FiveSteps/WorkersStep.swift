/// The workers step: whether heavy work holds up everybody else. Pure.
public enum WorkersStep {
    /// What of a server is looked at.
    static let subjects: Set<DoctorSubject> = [.lists, .calls, .stalls]

    public static func outcome(_ seen: DoctorObservations, width asked: Int) -> StepOutcome {
        // Beside slow calls there were fewer.
        let width = seen.concurrency.map(\.width).min() ?? asked
        var diagnosis = DoctorRules.diagnose(seen.only(subjects))
        diagnosis.findings.removeAll { $0.code.step != .workers && $0.code != .serverLost }
        diagnosis.disturbed.removeAll { $0.code.step != .workers }
        var outcome = StepOutcome(
            .workers, diagnosis,
            sound: (sentence(seen, width), "Nothing to do; look again when a tool begins to compute, hash, render or parse."),
            cannotCatch: "Stalls rarer than one in \(max(1, (seen.beats?.calls ?? 0) / 3)) calls, tools that were not called, arguments heavier than these, "
                + "and pools that fill only with more than \(width) calls at once.")
        let quiet = DoctorRules.median(seen.quietBeats)
        let slowest = seen.concurrency.map { DoctorRules.high($0.beats) }.max() ?? 0
        // No rule names a culprit, and yet others waited: that is neither a fault nor an all-clear.
        if outcome.verdict == .sound, slowest - quiet >= 50 || (seen.beats?.late.count ?? 0) >= 3 {
            outcome.verdict = .undecided
            outcome.sentence = "A trivial request took \(ProfileStep.ms(slowest)) beside \(width) calls, and it cannot be told whether the server or this "
                + "machine is to blame."
            outcome.next = "Run it again on a quiet machine: `interlock report --only workers`."
        }
        outcome.figures = [.init("trivial request, quiet", quiet, "ms")]
        if !seen.concurrency.isEmpty { outcome.figures.append(.init("trivial request beside \(width) calls", slowest, "ms")) }
        if let beats = seen.beats {
            outcome.figures += [.init("stalls of 100 ms or more", Double(beats.late.count)), .init("calls watched", Double(beats.calls))]
        }
        let rows = [ReportBars.Row("nothing else", ProfileStep.ms(quiet), [(quiet, .third)])] + seen.concurrency.filter { !$0.beats.isEmpty }.map { one in
            ReportBars.Row("\(one.operation), \(one.width) at once", ProfileStep.ms(DoctorRules.high(one.beats)), [(DoctorRules.high(one.beats), .first)])
        }
        if rows.count > 1 { outcome.exhibits = [.bars("How long a trivial request waits beside", ReportBars(rows))] }
        return outcome
    }

    private static func sentence(_ seen: DoctorObservations, _ width: Int) -> String {
        let crowded = seen.concurrency.map { DoctorRules.high($0.beats) }.max() ?? 0
        return "Nobody is held up: a trivial request is answered within \(ProfileStep.ms(crowded)) beside \(width) calls of any tool"
            + (seen.beats.map { $0.late.isEmpty ? ", and \($0.calls) quick calls saw no stall." : "." } ?? ".")
    }
}
