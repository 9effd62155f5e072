import InterlockConcurrency
import InterlockDiagnostics
import InterlockJSON

/// The report of `interlock leak`, for people and for programs.
enum LeakOutput {
    /// Types of objects that are shown of each part; all that changed are in the JSON form.
    private static let shownTypes = 10
    /// Types of objects in the JSON form of each part, those that grew most first.
    private static let writtenTypes = 500

    static func text(_ report: LeakReport) -> String {
        var lines = [report.headline]
        for part in report.parts {
            lines.append("")
            let name = part.operation.map { "\($0): \(part.cycles) cycles in \(seconds(part.duration)) s" + (part.failures > 0 ? ", \(part.failures) failed" : "") }
            lines.append("\(name ?? "without calls: \(seconds(part.duration)) s"): \(part.verdict.rawValue)")
            for measure in part.measures where measure.judgement.slope != nil { lines.append("  \(row(part, measure))") }
            if part.verdict == .notEnoughData, let reason = part.deciding.first(where: { $0.judgement.verdict == .notEnoughData })?.judgement.reason { lines.append("  \(reason)") }
            lines += objects(part)
        }
        if report.verdict == .leak || report.countsObjects && report.runtime != .swift, let snapshot = report.snapshot { lines += ["", "to see what is kept (\(report.runtime.rawValue)): \(snapshot)"] }
        if let abandoned = report.abandoned { lines += ["", abandoned.sentence] }
        if !report.notes.isEmpty { lines += [""] + report.notes.map { "note: \($0)" } }
        return TerminalText.lines(lines)
    }

    static func json(_ report: LeakReport) -> String {
        let parts = report.parts.map { part -> JSONValue in
            [
                "operation": part.operation.map { .string("\($0)") } ?? .null, "verdict": .string(part.verdict.rawValue), "cycles": .number(JSONNumber(part.cycles)),
                "failures": .number(JSONNumber(part.failures)), "refused": .number(JSONNumber(part.refused?.count ?? 0)), "seconds": number(part.duration / .seconds(1)),
                "measures": .array(part.measures.map { measure in
                    let judgement = measure.judgement
                    var members: JSONObject = [
                        "quantity": .string(measure.quantity.rawValue), "verdict": .string(judgement.verdict.rawValue), "reason": .string(judgement.reason),
                        "growth": number(judgement.growth), "resolution": number(judgement.resolution),
                    ]
                    if let slope = judgement.slope {
                        members["slope"] = number(slope.slope)
                        members["low"] = number(slope.low)
                        members["high"] = number(slope.high)
                    }
                    members["points"] = .array(measure.series.points.map { [number($0.x), number($0.y)] })
                    return .object(members)
                }),
                "objects": part.objects.map { .array($0.prefix(writtenTypes).map(json)) } ?? .null,
            ]
        }
        let members: JSONObject = [
            "verdict": .string(report.verdict.rawValue), "runtime": .string(report.runtime.rawValue), "snapshot": report.snapshot.map { .string($0) } ?? .null,
            "abandoned": report.abandoned.map(json) ?? .null, "lost": report.loss.map { .string($0.sentence) } ?? .null,
            "objects": report.objectSentence.map { .string($0) } ?? .null, "parts": .array(parts), "limits": .array(report.notes.map { .string($0) }),
        ]
        return JSONValue.object(members).description
    }

    /// What is held of sessions that nobody ends.
    private static func json(_ abandoned: AbandonedSessions) -> JSONValue {
        func points(_ series: GrowthSeries) -> JSONValue { .array(series.points.map { [number($0.x), number($0.y)] }) }
        return [
            "verdict": .string(abandoned.verdict.rawValue), "sessions": .number(JSONNumber(abandoned.sessions)), "bytesPerSession": number(abandoned.bytesPerSession),
            "keptShare": number(abandoned.keptShare), "ended": abandoned.ended.map { .string($0) } ?? .null, "rested": number(abandoned.rested), "lifetimeStated": .bool(abandoned.isStated),
            "first": points(abandoned.first), "second": points(abandoned.second),
        ]
    }

    /// One type of a part's objects.
    private static func json(_ growth: ObjectGrowth) -> JSONValue {
        var members: JSONObject = [
            "type": .string("\(growth.kind)"), "swift": .bool(growth.kind.isNamed), "found": .bool(growth.isFound),
            "verdict": .string(growth.judgement.verdict.rawValue), "reason": .string(growth.judgement.reason),
            "before": .number(JSONNumber(growth.before)), "after": .number(JSONNumber(growth.after)),
            "bytesBefore": .number(JSONNumber(growth.bytesBefore)), "bytesAfter": .number(JSONNumber(growth.bytesAfter)),
            "countPerCycle": number(growth.countPerCycle), "bytesPerCycle": number(growth.bytesPerCycle),
        ]
        if let slope = growth.judgement.slope {
            members["low"] = number(slope.low)
            members["high"] = number(slope.high)
        }
        members["points"] = .array(growth.counts.points.map { [number($0.x), number($0.y)] })
        return .object(members)
    }

    /// The types whose objects grow; where memory grows and no type does, the sizes of other blocks that do.
    private static func objects(_ part: LeakReport.Part) -> [String] {
        guard let objects = part.objects else { return [] }
        let unit = part.operation?.unit ?? "minute"
        if part.verdict != .leak { return [] }
        let grown = part.foundObjects.isEmpty ? objects.filter { $0.judgement.verdict == .leak } : part.foundObjects
        if grown.isEmpty { return ["  objects: no type of them grew steadily; what is kept was not allocated by malloc, or is the allocator's own"] }
        return grown.prefix(shownTypes).map { "  objects: \($0.sentence(unit)) (\($0.before) → \($0.after) live)" }
            + (grown.count > shownTypes ? ["  objects: \(grown.count - shownTypes) more types: --json has them"] : [])
    }

    private static func row(_ part: LeakReport.Part, _ measure: LeakReport.Measure) -> String {
        let judgement = measure.judgement
        guard let slope = judgement.slope else { return measure.quantity.rawValue }
        let unit = part.operation?.unit ?? "minute"
        let figures = judgement.verdict == .noLeak
            ? "no growth above \(amount(judgement.resolution, measure.quantity)) a \(unit)"
            : "\(amount(slope.slope, measure.quantity)) a \(unit) (\(amount(slope.low, measure.quantity)) to \(amount(slope.high, measure.quantity)))"
        return "\(measure.quantity.rawValue): \(judgement.verdict.rawValue), \(figures)"
    }

    private static func amount(_ value: Double, _ quantity: LeakReport.Quantity) -> String {
        guard quantity.isBytes else { return "\((value * 1000).rounded() / 1000)" }
        return abs(value) >= 100 * 1024 ? "\(Int((value / 1024).rounded())) KB" : "\(Int(value.rounded())) bytes"
    }

    private static func seconds(_ duration: Duration) -> String { "\(((duration / .seconds(1)) * 10).rounded() / 10)" }

    /// Finite or null: JSON has no infinity.
    static func number(_ value: Double) -> JSONValue { JSONNumber(value).map { .number($0) } ?? .null }
}
