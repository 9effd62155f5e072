import InterlockJSON
import InterlockServer

/// What a tool of the reference server answers: a value with its schema, and words for those who read text only.
protocol AnswerValue: Encodable, Sendable {
    /// The JSON Schema of the value, an object.
    static var schema: AnswerSchema { get }

    /// The text beside the structured content; by default the same JSON.
    var text: String? { get }
}

extension AnswerValue {
    var text: String? { nil }
}

/// The schema of an answer: an object whose listed members are always there, open for the mark of the unsafe mode.
struct AnswerSchema: Sendable {
    let json: RawJSON

    init(_ properties: KeyValuePairs<String, JSONValue>) {
        let members = JSONObject(properties.map { ($0.key, $0.value) })
        let names = properties.map { JSONValue.string($0.key) }
        json = RawJSON(["type": "object", "properties": .object(members), "required": .array(names)] as JSONValue)
    }
}

extension JSONValue {
    /// `{"type": type, "description": description}`.
    static func schema(_ type: String, _ description: String) -> JSONValue {
        ["type": .string(type), "description": .string(description)]
    }
}
