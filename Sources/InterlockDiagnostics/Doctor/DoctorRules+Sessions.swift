/// What becomes of sessions, and of the server.
extension DoctorRules {
    static func loss(_ lost: ServerLoss) -> DoctorFinding {
        DoctorFinding(
            .serverLost, .fault, lost.sentence,
            advice: "Look into its log for the moment of the loss: a server must outlive its callers. What would have come after it was not looked at.", evidence: [],
            weight: 10_000)
    }

    static func sessions(_ seen: DoctorObservations, _ diagnosis: inout Diagnosis) {
        guard let sessions = seen.sessions else { return }
        if sessions.lost > 0 || sessions.lostElsewhere > 0 || sessions.lostAfterRest != nil {
            diagnosis.findings.append(lost(sessions))
        } else if sessions.requests >= 3 {
            let rest = sessions.outlivedRest.map { ", nor by a rest of \(whole($0)) s" } ?? ""
            let elsewhere = sessions.elsewhere > 0 ? ", nor on \(sessions.elsewhere) new connections" : ""
            diagnosis.sound.append("sessions: \(sessions.requests) requests in \(sessions.opened) sessions, none lost\(elsewhere)\(rest)")
        }
        if sessions.answersAfterEnd == true {
            diagnosis.findings.append(DoctorFinding(
                .undyingSessions, .warning, "A session that was ended by DELETE still answers.",
                advice: "Free what belongs to a session when it is ended, answer its id with 404 from then on, and let sessions nobody uses expire.", evidence: [], weight: 50))
        }
    }

    /// One finding, with the cause that what was lost points to: a restart takes sessions of every kind with it, so it is named first.
    private static func lost(_ sessions: DoctorObservations.Sessions) -> DoctorFinding {
        let lost = sessions.lost + sessions.lostElsewhere
        let (sentence, advice): (String, String) = if sessions.hasRestarted == true {
            ("A process of the server ended or was started anew meanwhile, and sessions went with it: nobody had ended them.",
             "Find out why it ended, and keep sessions in a store that outlives a process.")
        } else if sessions.lostElsewhere > 0 {
            ("\(sessions.lostElsewhere) of \(sessions.elsewhere) requests on new connections met a server that did not know their session, although nobody had ended it: "
                + "there are several instances, and each knows its own sessions.",
             "Keep sessions in a store that all instances share, or send each session to one instance by its id.")
        } else if let rest = sessions.lostAfterRest, sessions.lost == 0 {
            ("A session that rested for \(whole(rest)) s was not known any more, although nobody had ended it: its timeout is too short.",
             "Let idle sessions live for minutes, not seconds: a model thinks, and its user reads, between two calls.")
        } else {
            ("\(sessions.lost) of \(sessions.requests) requests met a server that did not know their session, although nobody had ended it.",
             "Keep sessions in a store that all instances share, or send each session to one instance; and let idle sessions live for minutes, not seconds.")
        }
        return DoctorFinding(
            .lostSessions, .fault, sentence, advice: advice,
            evidence: [
                .init("requests", Double(sessions.requests)), .init("on new connections", Double(sessions.elsewhere)), .init("lost", Double(lost)),
                .init("sessions", Double(sessions.opened)),
            ] + (sessions.lostAfterRest.map { [.init("lost after a rest of", $0, "s")] } ?? []),
            weight: 1000)
    }

    /// Sessions that nobody ends: a fault only where it was said how long they live.
    static func abandoned(_ seen: DoctorObservations, _ diagnosis: inout Diagnosis) {
        guard let abandoned = seen.abandoned else { return }
        let each = DoctorFinding.Figure.bytes(abandoned.bytesPerSession), rested = "\(whole(abandoned.rested)) s"
        switch abandoned.verdict {
        case .nothing: diagnosis.sound.append("sessions that nobody ends: \(abandoned.sessions) left, and less is held of them than could be seen")
        case .givenBack: diagnosis.sound.append("sessions that nobody ends: \(each) each, given back within \(rested)")
        case .notEnoughData:
            diagnosis.undecided.append("what is held of sessions that nobody ends: \(abandoned.sessions) were begun, \(abandoned.shortage)")
        case .held:
            diagnosis.findings.append(DoctorFinding(
                .abandonedSessions, abandoned.isStated ? .fault : .note,
                "Each session that nobody ends holds \(each), and \(rested) later it had not been given back.",
                advice: abandoned.isStated
                    ? "Let sessions expire that nobody uses, and free what belongs to them: most clients go away without ending theirs."
                    : "That is right for as long as sessions live here; say how long with --session-lifetime, and it is looked at whether they go.",
                evidence: [
                    .init("per session", abandoned.bytesPerSession, "bytes"), .init("sessions left", Double(abandoned.sessions)), .init("rest", abandoned.rested * 1_000, "ms"),
                    .init("taken anew by later sessions", abandoned.keptShare * 100, "%"),
                ], weight: 100 + abandoned.bytesPerSession / 1024))
        }
    }
}
