extension ProbeReport {
    /// The probe as a page that stands alone.
    ///
    /// - Parameters:
    ///   - target: the server as it was addressed.
    ///   - time: milliseconds since the Unix epoch, when the probe was begun.
    public func html(of target: String, time: Int64) -> String {
        var page = ReportPage("Probe of \(target)", subtitle: "\(DayTime(milliseconds: time).text) UTC · \(MachineFingerprint.current.summary)")
        page.verdict(verdict.tone, sentence)
        var section = ReportSection("Steps", lead: "What a client needs, in the order it was asked for.")
        for step in steps where isFault(step) {
            section.finding(step.status == .failed ? .watch : .bad, step.name, step.detail, "", [])
        }
        section.show(.table("", head: ["step", "how it ended", "time"], rows: steps.map { [$0.name, $0.status.words, BenchRecord.text($0.took)] }))
        section.list("What was said", steps.filter { !isFault($0) && !$0.detail.isEmpty }.map { "\($0.name): \($0.detail)" })
        if let toolsDigest { section.line("Tools", "\(tools ?? 0), SHA-256 \(toolsDigest)") }
        page.section(section)
        return page.html
    }

    /// Whether a step speaks against the server: one era that does not answer, where the other does, is none.
    private func isFault(_ step: Step) -> Bool {
        step.status == .brokenWall || (step.status == .failed && (eras.isEmpty || !step.name.hasSuffix("handshake")))
    }

    /// The verdict in one sentence.
    package var sentence: String {
        let spoken = eras.joined(separator: " and ")
        let wrong = steps.first(where: isFault)
        let wantsCredential = steps.contains { $0.status == .walled && !$0.name.hasPrefix(Self.unauthenticated) }
        switch verdict {
        case .healthy: return "Healthy: it can be used and speaks \(spoken)."
        case .degraded where wrong?.status == .brokenWall:
            return "Degraded: it refuses without WWW-Authenticate, so no client learns which credential it wants."
        case .degraded where eras.isEmpty: return "Degraded: it wants a credential, and how to get one cannot be told: \(wrong?.name ?? "a step") failed."
        case .degraded: return "Degraded: it answers, and \(wrong?.name ?? "a step") failed."
        case .authWalled where wantsCredential: return "It wants a credential, and says so as it must."
        case .authWalled: return "It refuses with HTTP 403: the credential or the host has no right there."
        case .down: return "Down. Nothing that a client needs answers."
        }
    }
}

extension ProbeReport.Verdict {
    /// How a page shows it.
    var tone: ReportTone {
        switch self {
        case .healthy: .good
        case .degraded: .watch
        case .authWalled: .unknown
        case .down: .bad
        }
    }
}

extension ProbeReport.Status {
    /// As a person reads it.
    var words: String {
        switch self {
        case .ok: "ok"
        case .failed: "failed"
        case .skipped: "skipped"
        case .walled: "a credential is wanted"
        case .brokenWall: "refused without WWW-Authenticate"
        case .forbidden: "refused (HTTP 403)"
        }
    }
}
