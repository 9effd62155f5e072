import InterlockJSON
import InterlockProtocol

/// An error by which a tool says "no, and nothing has changed".
///
/// `{"text": "limit reached"}` is an error whose text contains this, in upper or lower case; `{"field": "error.code", "is": "full"}` one whose
/// `structuredContent` has this value there; `{"code": -32010}` a JSON-RPC error with this code. Any other error leaves open whether the call took effect.
enum Refusal: Sendable {
    case text(String)
    case field(path: String, value: JSONValue)
    case code(Int)

    /// The refusals of a plan or of one operation.
    static func all(_ object: ConfigurationObject) throws(ConfigurationError) -> [Refusal] {
        var refusals: [Refusal] = []
        for member in try object.objects("refusals", allowing: ["text", "field", "is", "code"]) ?? [] {
            switch Set(member.names) {
            case ["text"]: refusals.append(.text(try member.string("text") ?? ""))
            case ["code"]: refusals.append(.code(try member.int("code", in: Int(Int32.min)...Int(Int32.max)) ?? 0))
            case ["field", "is"]: refusals.append(.field(path: try member.string("field") ?? "", value: member["is"]?.value() ?? .null))
            default: throw ConfigurationError(path: member.path, message: "has to be a \"text\", a \"field\" with what it \"is\", or a \"code\"")
            }
        }
        return refusals
    }

    /// Whether a result that is an error is this one.
    func matches(_ result: CallToolResult) -> Bool {
        switch self {
        case .text(let part): result.content.contains { $0.text?.lowercased().contains(part.lowercased()) == true }
        case .field(let path, let value):
            JSONPath.value(at: path, in: result.structuredContent?.value()) == value
        case .code: false
        }
    }

    /// Whether a JSON-RPC error is this one.
    func matches(_ error: ProtocolError) -> Bool {
        switch self {
        case .text(let part): error.message.lowercased().contains(part.lowercased())
        case .field: false
        case .code(let code): error.code.rawValue == code
        }
    }
}

/// A place in a JSON value: names of members and numbers of elements between dots.
enum JSONPath {
    static func value(at path: String, in json: JSONValue?) -> JSONValue? {
        path.split(separator: ".").reduce(json) { json, step in
            json?[String(step)] ?? Int(step).flatMap { json?[$0] }
        }
    }
}
