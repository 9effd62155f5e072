import InterlockJSON
import InterlockProtocol

/// Values that fit a schema, as far as the suite's servers ask for any.
enum SampleValues {
    /// What a user enters who fills in only what must be filled in and has no default.
    static func content(for form: ElicitationSchema) -> JSONObject {
        var content = JSONObject()
        for (name, field) in form.properties where form.required?.contains(name) == true && field.defaultValue == nil {
            content[name] = value(for: field)
        }
        return content
    }

    private static func value(for field: PrimitiveSchema) -> JSONValue {
        switch field.kind {
        case .string(_, _, .email, _): "conformance@example.com"
        case .string(_, _, .uri, _): "https://example.com/"
        case .string(_, _, .date, _): "2026-07-28"
        case .string(_, _, .dateTime, _): "2026-07-28T00:00:00Z"
        case .string(let minimum, _, _, _): .string(String(repeating: "x", count: max(minimum ?? 1, 1)))
        case .number(let minimum, _, _), .integer(let minimum, _, _): minimum.map { .number($0) } ?? 1
        case .boolean: true
        case .choice(let options, _), .legacyChoice(let options, _): .string(options.first?.value ?? "")
        case .choices(let options, let minimum, _, _): .array(options.prefix(minimum ?? 1).map { .string($0.value) })
        }
    }

    /// The arguments a tool requires, and no others.
    static func arguments(for schema: RawJSON) -> RawJSON {
        var arguments = JSONObject()
        for name in (schema["required"]?.elements ?? []).compactMap(\.string) {
            arguments[name] = value(for: schema["properties"]?[name] ?? .emptyObject)
        }
        return RawJSON(.object(arguments))
    }

    private static func value(for schema: RawJSON) -> JSONValue {
        if let value = schema["default"] ?? schema["const"] ?? schema["enum"]?.elements?.first { return value.value() }
        return switch schema["type"]?.string {
        case "integer", "number": schema["minimum"]?.value() ?? 1
        case "boolean": true
        case "array": []
        case "object": arguments(for: schema).value()
        case "null": .null
        default: "test"
        }
    }
}
