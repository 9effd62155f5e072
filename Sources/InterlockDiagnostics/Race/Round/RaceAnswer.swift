import InterlockJSON
import InterlockProtocol

/// What one answer says about the model.
enum RaceAnswer: Sendable {
    /// The tool did it; the value it told, if any.
    case done(RaceValue?)
    /// The tool said no, by one of the plan's refusals, and changed nothing.
    case refused
    /// The server had no room: the call did not happen.
    case busy
    /// An error that is none of the plan's refusals: whether the call took effect is unknown.
    case failed(String)

    init(_ result: CallToolResult, _ operation: RacePlan.Operation) {
        if !result.isError {
            self = .done(RaceValue(result, at: operation.result))
        } else if result.meta?["interlock/busy"] != nil {
            self = .busy
        } else if operation.refusals.contains(where: { $0.matches(result) }) {
            self = .refused
        } else {
            self = .failed(result.content.lazy.compactMap(\.text).first ?? "an error without a text")
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

    static func firstNumber(in text: String) -> Int? { text.firstMatch(of: /-?\d+/).flatMap { Int($0.output) } }

    var number: Int? { if case .number(let number) = self { number } else { nil } }

    var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .text(let text): text
        }
    }
}
