import InterlockDiagnostics
import InterlockJSON

/// What `interlock doctor` found, for people and for programs.
enum DoctorOutput {
    static func text(_ diagnosis: Diagnosis, of target: String) -> String {
        let wrong = diagnosis.findings.filter { $0.severity > .note }
        var lines = [wrong.isEmpty ? (diagnosis.isConclusive ? "healthy: nothing is wrong with what could be told" : "not enough data: \(diagnosis.inconclusive)") : "\(wrong.count) \(wrong.count == 1 ? "finding" : "findings") for \(target)"]
        for finding in diagnosis.findings {
            lines += ["", "\(finding.severity.rawValue): \(finding.sentence)", "  do: \(finding.advice)"]
            if !finding.evidence.isEmpty { lines.append("  seen: " + finding.evidence.map { "\($0.name) \($0.text)" }.joined(separator: ", ")) }
            lines.append("  code: \(finding.code.rawValue)")
        }
        if !diagnosis.sound.isEmpty { lines += ["", "in order:"] + diagnosis.sound.map { "  \($0)" } }
        if !diagnosis.undecided.isEmpty { lines += ["", "not enough data:"] + diagnosis.undecided.map { "  \($0)" } }
        return TerminalText.lines(lines)
    }

    static func json(_ diagnosis: Diagnosis, process: ProcessSummary? = nil) -> String {
        let findings = diagnosis.findings.map { finding -> JSONValue in
            [
                "code": .string(finding.code.rawValue), "severity": .string(finding.severity.rawValue), "sentence": .string(finding.sentence), "advice": .string(finding.advice),
                "evidence": .array(finding.evidence.map { ["name": .string($0.name), "value": LeakOutput.number($0.value), "unit": .string($0.unit)] }),
            ]
        }
        let members: JSONObject = [
            "healthy": .bool(diagnosis.isHealthy && diagnosis.isConclusive), "untold": .array(diagnosis.untold.map { .string($0.rawValue) }), "findings": .array(findings), "undecided": .array(diagnosis.undecided.map { .string($0) }),
            "sound": .array(diagnosis.sound.map { .string($0) }),
            "process": process.map(json) ?? .null,
        ]
        return JSONValue.object(members).description
    }

    /// The server's process: bytes, milliseconds and counts, null where they are not known.
    private static func json(_ process: ProcessSummary) -> JSONValue {
        func figure(_ value: Double?) -> JSONValue { value.map(LeakOutput.number) ?? .null }
        func count(_ value: Int?) -> JSONValue { value.map { .number(JSONNumber($0)) } ?? .null }
        return [
            "seconds": figure(process.seconds), "residentBytes": count(process.resident), "proportionalBytes": count(process.proportional),
            "privateDirtyBytes": count(process.privateDirty), "descriptors": count(process.descriptors), "threads": count(process.threads),
            "children": count(process.children), "processorMilliseconds": figure(process.cpu), "runQueueMilliseconds": figure(process.runQueue),
            "voluntarySwitches": figure(process.voluntarySwitches), "involuntarySwitches": figure(process.involuntarySwitches),
            "storedBytes": figure(process.stored),
            "busiestThreads": .array(process.cpuByThread.map { ["id": .number(JSONNumber(Int($0.id))), "name": .string($0.name), "processorMilliseconds": figure($0.cpu)] }),
        ]
    }
}
