package import InterlockJSON
package import InterlockProtocol

/// Arguments for a call of a tool nobody gave any for, made from its schema. Pure.
///
/// Only what is required is filled in, with the schema's own constant, default, example or first choice where it has one.
package enum ArgumentSample {
    /// Arguments the schema accepts, or `nil` where none could be made. Whatever a schema says, what is made is within an ``ExampleBudget``.
    package static func make(_ schema: RawJSON) -> RawJSON? {
        let schema = schema.value()
        guard case .object = schema else { return nil }
        do {
            let compiled = try JSONSchema(schema)
            var left = ExampleBudget()
            guard let value = value(schema, depth: 0, &left), case .object = value, compiled.validate(value).isEmpty else { return nil }
            return RawJSON(value)
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

    /// A call with arguments that the tool's schema refuses: of the first tool that says it only reads and has something to refuse.
    package static func refused(_ tools: [ToolDefinition]) -> ProbeOperation? {
        tools.lazy.filter { $0.annotations?.readOnlyHint == true }.compactMap { tool in
            wrong(tool.inputSchema).map { ProbeOperation.refusedCall(tool: tool.name, arguments: $0) }
        }.first
    }

    /// Nothing at all where something is required, else a value of another type in the first property that has one; `nil` where all is accepted.
    package static func wrong(_ schema: RawJSON) -> RawJSON? {
        do {
            let compiled = try JSONSchema(schema.value())
            let candidates: [JSONValue] = [[:]] + (schema.value()["properties"]?.object?.keys ?? []).prefix(16).map { .object([$0: [["interlock": nil]]]) }
            return candidates.first { !compiled.validate($0).isEmpty }.map { RawJSON($0) }
        } catch {
            return nil // a schema that cannot be compiled says nothing of what it refuses
        }
    }

    private static func value(_ schema: JSONValue, depth: Int, _ left: inout ExampleBudget) -> JSONValue? {
        guard depth < 8, left.takeValue() else { return nil }
        if let given = schema["const"] ?? schema["default"] ?? schema["examples"]?[0] ?? schema["enum"]?[0] { return left.take(given) }
        if let choice = schema["anyOf"]?[0] ?? schema["oneOf"]?[0] { return value(choice, depth: depth + 1, &left) }
        switch schema["type"]?.string ?? schema["type"]?[0]?.string ?? (schema["properties"] == nil ? "string" : "object") {
        case "object":
            var object: JSONObject = [:]
            for name in schema["required"]?.array?.compactMap(\.string) ?? [] {
                guard let member = value(schema["properties"]?[name] ?? [:], depth: depth + 1, &left) else { return nil }
                object[name] = member
            }
            return .object(object)
        case "array":
            var elements: [JSONValue] = []
            for _ in 0..<min(16, max(0, schema["minItems"]?.int ?? 0)) {
                guard let element = value(schema["items"] ?? [:], depth: depth + 1, &left) else { return nil }
                elements.append(element)
            }
            return .array(elements)
        case "string":
            let text = String(repeating: "interlock", count: 1 + max(0, min(1_000, schema["minLength"]?.int ?? 0)) / 9)
            return left.take(.string(String(text.prefix(max(0, schema["maxLength"]?.int ?? text.count)))))
        case "integer", "number": return number(schema).map { .number(JSONNumber($0)) }
        case "boolean": return false
        case "null": return .null
        default: return nil
        }
    }

    /// The smallest whole number that a schema allows; without a bound below it, 1 or the largest.
    private static func number(_ schema: JSONValue) -> Int? {
        if let low = schema["minimum"]?.int { return low }
        guard let low = schema["exclusiveMinimum"]?.int else { return min(1, schema["maximum"]?.int ?? 1) }
        return low < .max ? low + 1 : nil
    }
}
