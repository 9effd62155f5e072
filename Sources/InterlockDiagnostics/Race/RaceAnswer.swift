import InterlockJSON
import InterlockProtocol

/// What one answer says about the model.
enum RaceAnswer: Sendable {
    /// The tool did it; the value it told, if any.
    case done(RaceValue?)
    /// The tool said no, and changed nothing.
    case refused
    /// The server had no room: the call did not happen.
    case busy

    init(_ result: CallToolResult, _ operation: RacePlan.Operation) {
        if result.isError {
            self = result.meta?["interlock/busy"] != nil ? .busy : .refused
        } else {
            self = .done(Self.value(result, operation.result))
        }
    }

    private static func value(_ result: CallToolResult, _ path: String?) -> RaceValue? {
        if let path {
            var json = result.structuredContent?.value()
            for member in path.split(separator: ".") { json = json?[String(member)] }
            return json.flatMap(RaceValue.init)
        }
        let text = result.content.lazy.compactMap(\.text).first ?? ""
        return text.firstMatch(of: /-?\d+/).flatMap { Int($0.output) }.map(RaceValue.number)
    }
}

/// A value an answer told.
enum RaceValue: Sendable, Hashable, CustomStringConvertible {
    case number(Int)
    case text(String)

    init?(_ json: JSONValue) {
        if let number = json.int { self = .number(number) } else if let text = json.string { self = .text(text) } else { return nil }
    }

    var number: Int? { if case .number(let number) = self { number } else { nil } }

    var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .text(let text): text
        }
    }
}
