import InterlockHistory
import InterlockJSON
import InterlockProtocol

/// What must hold when all calls of a round have been answered: a call that reads, and conditions on its answer.
///
/// ```json
/// "invariant": {"tool": "list_users", "arguments": {}, "holds": ["size(result.users) <= 10", "size(result.users) == done(register_user)"]}
/// ```
///
/// See ``RaceCondition`` for what a condition may say. It is weaker than a model: a fault that heals before the end goes unseen, and so does one that no
/// answer of the call shows.
struct RaceInvariant: Sendable {
    /// The call that reads, made alone after the round; `nil` if the conditions are about the answers of the round only.
    var call: RacePlan.Step?
    var conditions: [RaceCondition]

    init(_ object: ConfigurationObject) throws(ConfigurationError) {
        let texts = try object.required("holds", try object.strings("holds"), expected: "a condition such as \"size(result.users) <= 10\"")
        guard !texts.isEmpty else { throw ConfigurationError(path: object.place(of: "holds"), message: "is empty: give at least one condition") }
        conditions = []
        for text in texts { conditions.append(try RaceCondition(parsing: text, at: object.place(of: "holds"))) }
        let tool = try object.string("tool")
        let arguments = try DrawnJSON(object["arguments"]?.value() ?? [:], at: object.place(of: "arguments"), names: ["round"])
        call = tool.map { RacePlan.Step(tool: $0, arguments: arguments) }
        if tool == nil, let condition = conditions.first(where: \.readsResult) {
            throw ConfigurationError(path: object.place(of: "tool"), message: "is missing: '\(condition)' needs a call that reads the result")
        }
    }

    /// What the conditions are about.
    struct Evidence: Sendable {
        /// The answer of the call; `nil` if there is none.
        var result: JSONValue?
        /// How the calls of the round were answered, by tool.
        var counts: [String: AnswerCounts]

        init(_ result: CallToolResult?, _ counts: [String: AnswerCounts]) {
            self.result = result.map(Self.value)
            self.counts = counts
        }

        /// `structuredContent`; without it the text as JSON, or else its first whole number, or else the text.
        private static func value(_ result: CallToolResult) -> JSONValue {
            if let structured = result.structuredContent { return structured.value() }
            let text = result.content.lazy.compactMap(\.text).first ?? ""
            // Text that is no JSON is text: the next line takes it as that.
            if let json = try? JSONValue(parsing: text) { return json }
            return RaceValue.firstNumber(in: text).map { .number(JSONNumber($0)) } ?? .string(text)
        }
    }

    /// All conditions that do not hold.
    ///
    /// - Throws: ``RaceError`` when the answer does not have what a condition asks for.
    func violations(in evidence: Evidence) throws -> [InvariantViolation] {
        try conditions.compactMap { condition in condition.invariant.violation(in: try condition.sides(in: evidence)) }
    }
}
