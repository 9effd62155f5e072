import InterlockJSON
import InterlockProtocol

/// What one answer says about the model.
enum RaceAnswer: Sendable {
    /// The tool did it; the value it told, if any.
    case done(RaceValue?)
    /// The tool did it, and the value that the plan looks for is not where it looks; the text it said instead.
    case unreadable(String)
    /// The tool said no, by one of the plan's refusals, and changed nothing.
    case refused
    /// The server had no room: the call did not happen.
    case busy
    /// An error that is none of the plan's refusals: whether the call took effect is unknown.
    case failed(String)

    init(_ result: CallToolResult, _ operation: RacePlan.Operation) {
        if !result.isError {
            let text = result.content.lazy.compactMap(\.text).first ?? ""
            // A text is unique or not as it is: of `a3f` and `b3c`, the 3 says nothing.
            let value = operation.does == "generate" && operation.result == nil && !text.isEmpty ? .text(text) : RaceValue(result, at: operation.result)
            let isMissing = value == nil && (operation.needsValue || operation.result != nil) && !RaceValue.isNull(result, at: operation.result)
            self = isMissing ? .unreadable(text) : .done(value)
        } else if result.meta?["interlock/busy"] != nil {
            self = .busy
        } else if operation.refusals.contains(where: { $0.matches(result) }) {
            self = .refused
        } else {
            self = .failed(result.content.lazy.compactMap(\.text).first ?? "an error without a text")
        }
    }

    /// Whether it took effect, whatever it told.
    var isDone: Bool {
        switch self {
        case .done, .unreadable: true
        case .refused, .busy, .failed: false
        }
    }

    init(_ error: ProtocolError, _ operation: RacePlan.Operation) {
        self = operation.refusals.contains { $0.matches(error) } ? .refused : .failed("\(error.code.rawValue): \(error.message)")
    }
}

/// A value an answer told.
enum RaceValue: Sendable, Hashable, CustomStringConvertible {
    case number(Int)
    case text(String)

    /// - Parameter path: where it stands in `structuredContent`; `nil` for the first whole number of the text.
    init?(_ result: CallToolResult, at path: String?) {
        if let path {
            let json = JSONPath.value(at: path, in: result.structuredContent?.value())
            if let number = json?.int { self = .number(number) } else if let text = json?.string { self = .text(text) } else { return nil }
        } else {
            guard let number = Self.firstNumber(in: result.content.lazy.compactMap(\.text).first ?? "") else { return nil }
            self = .number(number)
        }
    }

    /// Whether the answer says in so many words that there is no value.
    static func isNull(_ result: CallToolResult, at path: String?) -> Bool {
        path.map { JSONPath.value(at: $0, in: result.structuredContent?.value()) == .null } ?? (result.content.lazy.compactMap(\.text).first == "null")
    }

    static func firstNumber(in text: String) -> Int? { text.firstMatch(of: /-?\d+/).flatMap { Int($0.output) } }

    var number: Int? { if case .number(let number) = self { number } else { nil } }

    var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .text(let text): text
        }
    }
}
