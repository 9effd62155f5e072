public import InterlockJSON

/// A type whose values are described by one JSON Schema, and which may therefore be the type of a property of a
/// ``ToolInput()`` or ``ToolOutput()`` struct.
///
/// ``SchemaEnum()`` writes the conformance of an enumeration. Conform other types by hand, with the schema of what their `Codable`
/// conformance reads and writes. The schema is inlined, so a `$ref` in it must be absolute.
public protocol SchemaRepresentable {
    /// A JSON Schema of 2020-12.
    static var jsonSchema: RawJSON { get }
}

// The types the macros know by name are here for type aliases of them, which a macro cannot see through.
extension String: SchemaRepresentable {
    public static var jsonSchema: RawJSON { MacroSchema.literal(#"{"type":"string"}"#) }
}

extension Bool: SchemaRepresentable {
    public static var jsonSchema: RawJSON { MacroSchema.literal(#"{"type":"boolean"}"#) }
}

extension Int: SchemaRepresentable {
    public static var jsonSchema: RawJSON { MacroSchema.literal(#"{"type":"integer"}"#) }
}

extension Double: SchemaRepresentable {
    public static var jsonSchema: RawJSON { MacroSchema.literal(#"{"type":"number"}"#) }
}

extension Float: SchemaRepresentable {
    public static var jsonSchema: RawJSON { MacroSchema.literal(#"{"type":"number"}"#) }
}

extension Array: SchemaRepresentable where Element: SchemaRepresentable {
    public static var jsonSchema: RawJSON { RawJSON(["type": "array", "items": Element.jsonSchema.value()]) }
}

extension Dictionary: SchemaRepresentable where Key == String, Value: SchemaRepresentable {
    public static var jsonSchema: RawJSON { RawJSON(["type": "object", "additionalProperties": Value.jsonSchema.value()]) }
}
