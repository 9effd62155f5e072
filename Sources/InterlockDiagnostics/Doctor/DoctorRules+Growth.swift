import InterlockConcurrency

/// What the server keeps.
extension DoctorRules {
    static func growth(_ seen: DoctorObservations, _ diagnosis: inout Diagnosis) {
        for part in seen.growth {
            let name = part.operation.map { "\($0)" } ?? "a time without calls"
            for measure in part.deciding {
                switch measure.judgement.verdict {
                case .leak: diagnosis.findings.append(leak(part, measure))
                case .plateau where measure.quantity.isBytes:
                    diagnosis.findings.append(DoctorFinding(
                        .memoryPlateau, .note, "Memory grew by \(Int(measure.judgement.growth) >> 10) KB with \(name) and stopped: a cache or a pool that has a bound.",
                        advice: "Nothing to do, unless the bound is too high for the machine.", evidence: [.init("growth", measure.judgement.growth, "bytes"), .init("cycles", Double(part.cycles))], weight: 1))
                case .notEnoughData, .plateau, .noLeak: break
                }
            }
            // Quantities that cannot be told for one reason are one sentence.
            let unknown = Dictionary(grouping: part.deciding.filter { $0.judgement.verdict == .notEnoughData }, by: \.judgement.reason)
            for (reason, measures) in unknown.sorted(by: { $0.key < $1.key }) {
                let what = measures.count == part.deciding.count ? "anything" : measures.map(\.quantity.rawValue).joined(separator: ", ")
                diagnosis.undecided.append("whether \(what) grows with \(name): \(reason); `interlock leak` looks longer")
            }
            if part.verdict == .noLeak {
                let bound = part.deciding.first { $0.quantity.isBytes }?.judgement.resolution ?? .infinity
                let seen = bound.isFinite && bound > 0 ? ": \(DoctorFinding.Figure.bytes(bound)) a \(part.operation?.unit ?? "minute") or more would have shown" : ""
                diagnosis.sound.append("nothing is kept of \(name)" + (part.operation == nil ? "" : ", \(part.cycles) cycles") + seen)
            }
        }
        counted(seen.counted, &diagnosis)
    }

    /// What is counted, before all calls and after them: of thousands there are too few readings for a line, because each takes so long.
    ///
    /// One for every eighth call, because quick tools are called by turns, and more than twice as many as calls were ever at once: no pool needs so many.
    /// Children have threads and descriptors of their own.
    private static func counted(_ counted: [DoctorObservations.Counted], _ diagnosis: inout Diagnosis) {
        let grown = counted.filter { $0.after - $0.before >= max(150, $0.calls / 8) }
        guard let worst = grown.first(where: { $0.quantity == .children }) ?? grown.first(where: { $0.quantity == .threads }) ?? grown.first else { return }
        let (code, name): (DoctorFinding.Code, String) = switch worst.quantity {
        case .children: (.children, "Child processes")
        case .threads: (.threads, "Threads")
        default: (.descriptors, "Open descriptors")
        }
        guard !diagnosis.findings.contains(where: { $0.code == code }) else { return }
        diagnosis.findings.append(DoctorFinding(
            code, .fault, "\(name) grew from \(worst.before) to \(worst.after) in \(worst.calls) calls.", advice: advice(code),
            evidence: [.init("before", Double(worst.before)), .init("after", Double(worst.after)), .init("calls", Double(worst.calls))], weight: 100))
    }

    private static func leak(_ part: LeakReport.Part, _ measure: LeakReport.Measure) -> DoctorFinding {
        let slope = measure.judgement.slope
        let each = slope?.slope ?? 0
        let evidence: [DoctorFinding.Figure] = [
            .init(part.operation == nil ? "per minute" : "per \(part.operation?.unit ?? "cycle")", each, measure.quantity.isBytes ? "bytes" : ""),
            .init("at least", slope?.low ?? 0), .init("at most", slope?.high ?? 0), .init("cycles", Double(part.cycles)), .init("growth", measure.judgement.growth),
        ]
        let what = measure.quantity.isBytes ? "\(whole(each)) bytes" : "\((each * 100).rounded() / 100) \(measure.quantity.rawValue)"
        let (code, sentence): (DoctorFinding.Code, String) = switch (measure.quantity, part.operation) {
        case (.descriptors, _): (.descriptors, "Open descriptors grow: \(what) for each \(part.operation?.unit ?? "minute").")
        case (.threads, _): (.threads, "Threads grow: \(what) for each \(part.operation?.unit ?? "minute").")
        case (.children, _): (.children, "Child processes grow: \(what) for each \(part.operation?.unit ?? "minute").")
        case (_, nil): (.memoryByItself, "Memory grows without any call: \(what) a minute.")
        case (_, .session?), (_, .connection?): (.memoryPerSession, "Each \(part.operation?.unit ?? "session") leaves \(what) behind.")
        case (_, let operation?): (.memoryPerCall, "Each \(operation.unit) of \(operation) leaves \(what) behind.")
        }
        return DoctorFinding(code, .fault, sentence, advice: advice(code), evidence: evidence, weight: 100 + each / 1024)
    }

    private static func advice(_ code: DoctorFinding.Code) -> String {
        switch code {
        case .descriptors: "Close files and sockets on every way out of the handler, the errors too; `ls -l /proc/PID/fd` shows which stay."
        case .threads, .children: "Make workers once, not for each call, and wait for those that end."
        case .memoryByItself: "Look for a timer or a background task that adds and never takes away: metrics, logs in memory, timers set again and again."
        case .memoryPerSession: "Free what belongs to a session when it ends, and let those expire that nobody ends: most clients never do."
        default: "Look for a list that is added to, a listener set anew, or an entry that is never deleted, in each call; `interlock leak` names the runtime's own snapshot."
        }
    }
}
