import InterlockConcurrency

/// What observations mean: the rules of a doctor. Pure.
///
/// A rule that lacks figures says so and guesses nothing: fewer than three readings are none.
public enum DoctorRules {
    public static func diagnose(_ observations: DoctorObservations) -> Diagnosis {
        var diagnosis = Diagnosis(findings: [], undecided: observations.omitted.map(\.reason), sound: [])
        // What something was said of could be told; what was asked and only excused was not.
        func told(_ subject: DoctorSubject, _ rule: (inout Diagnosis) -> Void) {
            let before = diagnosis.findings.count + diagnosis.sound.count
            rule(&diagnosis)
            if observations.asked.contains(subject), diagnosis.findings.count + diagnosis.sound.count == before { diagnosis.untold.append(subject) }
        }
        if let lost = observations.lost { diagnosis.findings.append(loss(lost)) }
        lists(observations, &diagnosis)
        told(.calls) { for operation in observations.concurrency { concurrency(operation, observations, &$0) } }
        schemas(observations, &diagnosis)
        told(.stalls) { stalls(observations, &$0) }
        sessions(observations, &diagnosis)
        told(.growth) { growth(observations, &$0) }
        abandoned(observations, &diagnosis)
        deafness(observations, &diagnosis)
        protocolRules(observations, &diagnosis)
        diagnosis.findings.sort { ($0.severity, $0.weight, $1.code.rawValue) > ($1.severity, $1.weight, $0.code.rawValue) }
        return diagnosis
    }

    static func median(_ values: [Double]) -> Double { TheilSenSlope.median(values) }

    /// A value that nine of ten do not exceed.
    static func high(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 9 / 10)]
    }

    private static func lists(_ seen: DoctorObservations, _ diagnosis: inout Diagnosis) {
        guard seen.listTimes.count >= 3 else {
            if !seen.listTimes.isEmpty { diagnosis.undecided.append("whether tools/list is slow: \(seen.listTimes.count) lists, 3 are needed") }
            return
        }
        let time = median(seen.listTimes)
        if time >= 500 {
            diagnosis.findings.append(DoctorFinding(
                .slowList, .warning, "tools/list takes \(whole(time)) ms.",
                advice: "Build the list once and keep it: every client asks for it before its first call.", evidence: [.init("list", time, "ms"), .init("tools", Double(seen.toolCount))], weight: time))
        }
        if seen.listBytes >= 256 * 1024 {
            diagnosis.findings.append(DoctorFinding(
                .largeList, .warning, "tools/list is \(seen.listBytes / 1024) KB for \(seen.toolCount) tools.",
                advice: "Shorten descriptions and schemas, or offer fewer tools: a model reads all of it before it does anything.", evidence: [.init("list", Double(seen.listBytes), "bytes")], weight: Double(seen.listBytes) / 1024))
        }
        if time < 500, seen.listBytes < 256 * 1024 { diagnosis.sound.append("tools/list: \(whole(time)) ms, \(seen.listBytes) bytes") }
    }

    private static func deafness(_ seen: DoctorObservations, _ diagnosis: inout Diagnosis) {
        guard let deaf = seen.deafness else { return }
        if !deaf.stopped, deaf.growth >= 4 << 20 {
            diagnosis.findings.append(DoctorFinding(
                // A client that has started the server itself harms nobody else: a note.
                .noBackPressure, deaf.isAlone ? .note : .fault, "A client that asks and never reads made the server keep \(deaf.growth >> 20) MB.",
                advice: "Stop reading from a connection whose answers are not taken, and close it after a deadline.",
                evidence: [.init("requests taken", Double(deaf.taken), "bytes"), .init("memory", Double(deaf.growth), "bytes")], weight: Double(deaf.growth >> 20)))
        } else {
            diagnosis.sound.append("a client that does not read: " + (deaf.stopped ? "the server stopped taking its requests" : "memory grew by \(deaf.growth / 1024) KB"))
        }
    }

    private static func protocolRules(_ seen: DoctorObservations, _ diagnosis: inout Diagnosis) {
        for breach in seen.breaches {
            let advice = switch breach.code {
            case .wrongID: "Answer with the id as it came, of the same JSON type: a client finds its call by nothing else."
            case .wrongErrorCode: "Use the code of the specification: clients act on it."
            case .headersUnchecked: "Compare the routing headers with the body and answer -32020 where they differ: gateways decide on them."
            case .progressAstray: "Send progress on the stream of the request it is about: on another it is lost."
            default: "Refuse what is no JSON-RPC request with -32600: what is guessed today is an attack tomorrow."
            }
            diagnosis.findings.append(DoctorFinding(breach.code, .warning, breach.sentence, advice: advice, evidence: [], weight: 10))
        }
        if seen.protocolChecks > 0, seen.breaches.isEmpty { diagnosis.sound.append("protocol: \(seen.protocolChecks) rules tried, all held") }
    }

    static func whole(_ value: Double) -> String {
        value < 10 ? "\((value * 10).rounded() / 10)" : "\(Int(value.rounded()))"
    }
}
