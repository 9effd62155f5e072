package import InterlockJSON
package import InterlockProtocol

/// Arguments for a call of a tool nobody gave any for, made from its schema. Pure.
///
/// Only what is required is filled in, with the schema's own constant, default, example or first choice where it has one.
package enum ArgumentSample {
    /// Arguments the schema accepts, or `nil` where none could be made.
    package static func make(_ schema: RawJSON) -> RawJSON? {
        let schema = schema.value()
        guard case .object = schema, let value = value(schema, depth: 0), case .object = value else { return nil }
        do {
            return try JSONSchema(schema).validate(value).isEmpty ? RawJSON(value) : nil
        } catch {
            return nil // a schema that cannot be compiled accepts nothing
        }
    }

    /// The tools that say they only read, each with arguments, in the order of the list.
    package static func callable(_ tools: [ToolDefinition]) -> [ProbeOperation] {
        tools.compactMap { tool in
            guard tool.annotations?.readOnlyHint == true, let arguments = make(tool.inputSchema) else { return nil }
            return .call(tool: tool.name, arguments: arguments)
        }
    }

    private static func value(_ schema: JSONValue, depth: Int) -> JSONValue? {
        guard depth < 8 else { return nil }
        if let constant = schema["const"] { return constant }
        if let usual = schema["default"] { return usual }
        if let example = schema["examples"]?[0] { return example }
        if let choice = schema["enum"]?[0] { return choice }
        if let choice = schema["anyOf"]?[0] ?? schema["oneOf"]?[0] { return value(choice, depth: depth + 1) }
        switch schema["type"]?.string ?? schema["type"]?[0]?.string ?? (schema["properties"] == nil ? "string" : "object") {
        case "object":
            var object: JSONObject = [:]
            for name in schema["required"]?.array?.compactMap(\.string) ?? [] {
                guard let member = value(schema["properties"]?[name] ?? [:], depth: depth + 1) else { return nil }
                object[name] = member
            }
            return .object(object)
        case "array":
            let count = min(16, max(0, schema["minItems"]?.int ?? 0))
            guard count > 0 else { return [] }
            return value(schema["items"] ?? [:], depth: depth + 1).map { .array(Array(repeating: $0, count: count)) }
        case "string":
            let text = String(repeating: "interlock", count: 1 + min(1_000, schema["minLength"]?.int ?? 0) / 9)
            return .string(String(text.prefix(schema["maxLength"]?.int ?? text.count)))
        case "integer", "number":
            return .number(JSONNumber(schema["minimum"]?.int ?? schema["exclusiveMinimum"]?.int.map { $0 + 1 } ?? min(1, schema["maximum"]?.int ?? 1)))
        case "boolean": return false
        case "null": return .null
        default: return nil
        }
    }
}
