public import InterlockJSON

/// Builds the JSON Schema of a flat argument object without macros.
///
/// Properties are required unless `optional`. Unknown arguments are refused, so that a misspelt name is told to the model instead of being dropped.
public struct InputSchema: Sendable {
    /// The finished schema.
    public let schema: RawJSON

    /// The schema of properties written in a block, one expression each: `Property.string("from")`, or `.string("from");` with a semicolon.
    public init(_ description: String? = nil, @PropertyBuilder _ properties: () -> [Property]) {
        self.init(description, properties())
    }

    /// The schema of a list of properties: `InputSchema([.string("from"), .integer("amount", minimum: 1)])`.
    public init(_ properties: [Property]) {
        self.init(nil, properties)
    }

    /// The schema of a list of properties, with a description of the whole.
    public init(_ description: String?, _ properties: [Property]) {
        var members = JSONObject()
        for property in properties { members[property.name] = .object(property.schema) }
        var root: JSONObject = ["type": "object", "properties": .object(members)]
        if let description { root["description"] = .string(description) }
        let required = properties.filter { !$0.isOptional }.map { JSONValue.string($0.name) }
        if !required.isEmpty { root["required"] = .array(required) }
        root["additionalProperties"] = false
        self.schema = RawJSON(.object(root))
    }

    /// One argument.
    public struct Property: Sendable {
        var name: String
        var schema: JSONObject
        var isOptional: Bool

        init(_ name: String, _ type: String, _ description: String?, optional: Bool, _ constraints: [(String, JSONValue?)]) {
            self.name = name
            var schema: JSONObject = ["type": .string(type)]
            if let description { schema["description"] = .string(description) }
            for (keyword, value) in constraints where value != nil { schema[keyword] = value }
            self.schema = schema
            self.isOptional = optional
        }

        /// A string; lengths in Unicode scalars, `pattern` in the linear-time subset of ECMA-262.
        public static func string(
            _ name: String, _ description: String? = nil, optional: Bool = false, minLength: Int? = nil, maxLength: Int? = nil,
            pattern: String? = nil, oneOf: [String]? = nil, header: String? = nil
        ) -> Property {
            Property(name, "string", description, optional: optional, [
                ("minLength", minLength.map { JSONValue.number(JSONNumber($0)) }), ("maxLength", maxLength.map { JSONValue.number(JSONNumber($0)) }),
                ("pattern", pattern.map { .string($0) }), ("enum", oneOf.map { .array($0.map { .string($0) }) }),
                ("x-mcp-header", header.map { .string($0) }),
            ])
        }

        /// An integer within inclusive bounds.
        public static func integer(
            _ name: String, _ description: String? = nil, optional: Bool = false, minimum: Int? = nil, maximum: Int? = nil, header: String? = nil
        ) -> Property {
            Property(name, "integer", description, optional: optional, [
                ("minimum", minimum.map { .number(JSONNumber($0)) }), ("maximum", maximum.map { .number(JSONNumber($0)) }),
                ("x-mcp-header", header.map { .string($0) }),
            ])
        }

        /// A number.
        public static func number(_ name: String, _ description: String? = nil, optional: Bool = false) -> Property {
            Property(name, "number", description, optional: optional, [])
        }

        /// True or false.
        public static func boolean(_ name: String, _ description: String? = nil, optional: Bool = false) -> Property {
            Property(name, "boolean", description, optional: optional, [])
        }

        /// Anything a schema of its own describes.
        public static func schema(_ name: String, _ schema: JSONObject, optional: Bool = false) -> Property {
            var property = Property(name, "object", nil, optional: optional, [])
            property.schema = schema
            return property
        }
    }

    /// Collects properties in their order.
    @resultBuilder
    public enum PropertyBuilder {
        public static func buildExpression(_ property: Property) -> [Property] { [property] }
        public static func buildBlock(_ parts: [Property]...) -> [Property] { parts.flatMap { $0 } }
    }
}
