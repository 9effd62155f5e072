import InterlockDiagnostics
import InterlockJSON
import InterlockProfiler

/// What `interlock profile` found, for people and for programs.
enum ProfileOutput {
    static func text(_ report: ProfileReport, of target: String, files: [String]) -> String {
        var lines = ["\(report.samples) samples of \(target) (\(report.runtime.rawValue))"]
        for part in report.parts {
            let total = part.onProcessor.total
            lines += [
                "", "\(part.operation): \(part.calls) calls" + (part.failures > 0 ? ", \(part.failures) failed" : "") + ", \(total) samples (\(part.method))",
            ]
            guard total > 0 else { continue }
            let hot = part.hot
            if let path = hot.path { lines.append("  hot path, \(percent(path.count, total)): \(path.text())") }
            lines.append("  itself:")
            lines += hot.functions.prefix(5).filter { $0.own > 0 }.map { "    \(column($0.own, total))  \(name($0.frame))" }
            let own = hot.ownCode.prefix(5)
            if !own.isEmpty { lines += ["  own code, with what it calls:"] + own.map { "    \(column($0.total, total))  \(name($0.frame))" } }
            for hint in part.hints {
                lines += [
                    "  hint: \(hint.sentence), \(percent(hint.samples, total)) (\(name(hint.frame)))", "    do: \(hint.advice)",
                    "    code: \(hint.code.rawValue)",
                ]
            }
        }
        if !report.notes.isEmpty { lines += [""] + report.notes.map { "note: \($0)" } }
        if !files.isEmpty { lines += ["", "written: \(files.joined(separator: ", "))"] }
        return TerminalText.lines(lines)
    }

    static func json(_ report: ProfileReport, files: [String]) -> String {
        let tools = report.parts.map { part -> JSONValue in
            let (hot, total) = (part.hot, part.onProcessor.total)
            var members: JSONObject = [
                "tool": .string("\(part.operation)"), "calls": number(part.calls), "failures": number(part.failures),
                "seconds": LeakOutput.number(part.seconds),
                "samples": number(total), "method": .string(part.method), "waitingMicroseconds": number(part.offProcessor.total),
                "functions": .array(hot.functions.prefix(100).map(function)), "ownCode": .array(hot.ownCode.prefix(100).map(function)),
                "hints": .array(part.hints.map(hint)),
            ]
            if let path = hot.path {
                members["hotPath"] = ["samples": number(path.count), "text": .string(path.text()), "frames": .array(path.frames.map(frame))]
            }
            return .object(members)
        }
        let members: JSONObject = [
            "samples": number(report.samples), "runtime": .string(report.runtime.rawValue), "tools": .array(tools),
            "notes": .array(report.notes.map { .string($0) }),
            "files": .array(files.map { .string($0) }),
        ]
        return JSONValue.object(members).description
    }

    private static func frame(_ frame: StackFrame) -> JSONValue { ["symbol": .string(frame.symbol), "module": frame.module.map { .string($0) } ?? .null] }

    private static func function(_ function: HotPaths.Function) -> JSONValue {
        [
            "symbol": .string(function.frame.symbol), "module": function.frame.module.map { .string($0) } ?? .null, "own": number(function.own),
            "total": number(function.total),
        ]
    }

    private static func hint(_ hint: ProfileHint) -> JSONValue {
        [
            "code": .string(hint.code.rawValue), "share": LeakOutput.number(hint.share), "samples": number(hint.samples), "seen": frame(hint.frame),
            "sentence": .string(hint.sentence), "advice": .string(hint.advice),
        ]
    }

    private static func name(_ frame: StackFrame) -> String {
        frame.module.map { $0 == frame.symbol ? frame.symbol : "\(frame.symbol)  [\($0)]" } ?? frame.symbol
    }
    private static func percent(_ count: Int, _ all: Int) -> String { all > 0 ? "\((Double(count) / Double(all) * 1_000).rounded() / 10) %" : "–" }
    private static func column(_ count: Int, _ all: Int) -> String {
        String(repeating: " ", count: max(0, 7 - percent(count, all).count)) + percent(count, all)
    }
    private static func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
}
