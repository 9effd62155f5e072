/// The concurrency step: whether calls are independent, sessions whole, and answers right when many arrive at once. Pure.
public enum ConcurrencyStep {
    /// What of a server is looked at.
    static let subjects: Set<DoctorSubject> = [.calls, .sessions, .backPressure, .protocolRules]

    /// - Parameter race: how a race by a plan ended; `nil` when there was no plan.
    public static func outcome(_ seen: DoctorObservations, width: Int, race: RaceRun.Report? = nil) -> StepOutcome {
        var diagnosis = DoctorRules.diagnose(seen.only(subjects))
        diagnosis.findings.removeAll { $0.code.step != .concurrency && $0.code != .serverLost }
        diagnosis.disturbed.removeAll { $0.code.step != .concurrency }
        if let race, race.finding == nil, !race.checkedNothing {
            diagnosis.sound.append("race: \(race.counts.calls) calls in \(race.rounds) rounds, every answer fits some order of them")
            // That says something of calls at once, though nobody timed one.
            diagnosis.untold.removeAll { $0 == .calls }
        }
        if let race, race.checkedNothing, race.counts.answered == 0 { diagnosis.undecided.append("the race: no call was answered, so nothing was checked") }
        if let race, race.undecided > 0 { diagnosis.undecided.append("\(race.undecided) of \(race.rounds) rounds of the race: their check reached its bound") }
        var outcome = StepOutcome(
            .concurrency, diagnosis,
            sound: (
                sentence(seen, width, racing: race?.counts.calls),
                race == nil
                    ? "Say what must hold in a plan and add it with --race-plan: wrong answers show only to somebody who knows the right ones." : "Nothing "
                        + "to do; let CI run the race with a new seed each night."
            ),
            cannotCatch: race == nil
                ? "Wrong answers: without --race-plan nobody has said what must hold. More than one instance, and clients that come and go over hours."
                : "Interleavings that \(race?.rounds ?? 0) rounds did not meet: finding nothing is no proof. Promises that are not in the plan, and more "
                    + "than one instance.")
        if let finding = race?.finding {
            outcome.verdict = .fault
            outcome.sentence = "\(Self.sentence(finding.kind)) (round \(finding.round), seed \(finding.seed))."
            outcome.next = "See it again with `interlock race --seed \(finding.seed) --round \(finding.round)`, and lock the record that is changed, not "
                + "the tool."
            outcome.exhibits.append(.text("What the race found", finding.explanation))
        }
        if let sessions = seen.sessions {
            outcome.figures += [.init("sessions", Double(sessions.opened)), .init("requests lost", Double(sessions.lost))]
        }
        outcome.figures.append(.init("protocol rules tried", Double(seen.protocolChecks)))
        if let race { outcome.figures += [.init("racing calls", Double(race.counts.calls)), .init("rounds", Double(race.rounds))] }
        if let bars = bars(seen) { outcome.exhibits.insert(bars, at: 0) }
        return outcome
    }

    /// What is in order, of what was looked at.
    private static func sentence(_ seen: DoctorObservations, _ width: Int, racing: Int?) -> String {
        let raced = racing.map { "\($0) racing calls gave no answer that fits no order" }
        if seen.concurrency.isEmpty {
            return (raced ?? "Nothing is wrong with sessions and the rules of the protocol") + "; no call was timed, alone or beside others."
        }
        let together = seen.concurrency.map(\.width).min() ?? width
        if seen.concurrency.contains(where: { $0.rejected != nil || $0.wide?.rejected != nil }) {
            return "Calls at once are served or refused with a word of it; what was refused was not timed" + (raced.map { "; \($0)." } ?? ".")
        }
        return "Calls do not wait for each other, and \(together) at once are served as they should be" + (raced.map { "; \($0)." } ?? ".")
    }

    private static func sentence(_ kind: RaceRun.Finding.Kind) -> String {
        switch kind {
        case .model: "Concurrent calls gave answers that fit no order of them"
        case .invariant: "After concurrent calls, what must hold did not"
        case .unanswered: "Concurrent calls were not answered in time"
        case .ended: "The server ended under concurrent calls"
        }
    }

    /// How much longer several calls at once take than one; `nil` when no operation was tried both ways.
    static func bars(_ seen: DoctorObservations) -> ReportExhibit? {
        guard let width = seen.concurrency.map(\.width).max() else { return nil }
        let rows = seen.concurrency.compactMap { one -> ReportBars.Row? in
            let alone = DoctorRules.median(one.alone), batch = DoctorRules.median(one.batches)
            guard alone > 0, batch > 0, one.rejected == nil else { return nil }
            let ratio = batch / alone
            // Calls of a few milliseconds take turns on the processors there are; that is no queue of one.
            let isQueue = alone >= CallTimes.slow && ratio >= CallTimes.lineRatio(Double(one.width))
            let text = "\(ratio.fixed(1)) × (\(ProfileStep.ms(alone)) → \(ProfileStep.ms(batch)))"
            let name = one.width == width ? one.operation : "\(one.operation), \(one.width) at once"
            return ReportBars.Row(name, text, [(min(ratio, 2 * Double(width)), isQueue ? .bad : .first)])
        }
        let heading = "\(width) calls at once, as a multiple of one alone: 1 is side by side, \(width) is one after the other"
        return rows.isEmpty ? nil : .bars(heading, ReportBars(rows, full: Double(width)))
    }
}
