import InterlockJSON
import InterlockProtocol

/// The published schema of a revision, and a closed variant of it that also refuses members the revision does not name.
struct PublishedSchema: Sendable {
    let open: JSONSchema
    let closed: JSONSchema
    private let definitions: String

    static let all: [ProtocolRevision: PublishedSchema] = {
        guard ReferenceData.isAvailable else { return [:] }
        do {
            return try Dictionary(uniqueKeysWithValues: ProtocolRevision.allCases.map { ($0, try PublishedSchema($0)) })
        } catch {
            fatalError("a published schema does not compile: \(error)")
        }
    }()

    private init(_ revision: ProtocolRevision) throws {
        let document = try ReferenceData.json("\(revision)/schema.json").value()
        definitions = document["$defs"] == nil ? "/definitions" : "/$defs"
        var configuration = JSONSchemaConfiguration.default
        configuration.maximumSubschemas = 100_000
        open = try JSONSchema(document, configuration: configuration)
        closed = try JSONSchema(Self.closing(document, revision), configuration: configuration)
    }

    /// What is wrong with a value as a definition, by the schema as published and by its closed variant.
    func violations(_ value: RawJSON, as definition: String) -> [String] {
        guard let open = open.subschema(at: "\(definitions)/\(definition)"),
            let closed = closed.subschema(at: "\(definitions)/\(definition)")
        else { return ["the schema has no definition \(definition)"] }
        let violations = open.validate(value)
        return (violations.isEmpty ? closed.validate(value) : violations).map { "\(definition)\($0.instancePath): \($0.message)" }
    }

    private static func closing(_ document: JSONValue, _ revision: ProtocolRevision) -> JSONValue {
        guard var root = document.object else { return document }
        for key in ["definitions", "$defs"] {
            guard let definitions = root[key]?.object else { continue }
            var closed = JSONObject()
            for (name, definition) in definitions {
                closed[name] = isOpen(name) ? definition : closing(definition, hasMeta: name.hasSuffix("Result"))
                if revision.hasExtensions, name.hasSuffix("Capabilities") {
                    // 2025-11-25 says that its set is not closed, and its clients declare extensions there.
                    closed[name] = allowing("extensions", in: closed[name] ?? [:])
                }
            }
            root[key] = .object(closed)
        }
        return .object(root)
    }

    /// Definitions that take any members by their meaning.
    private static func isOpen(_ name: String) -> Bool {
        name.hasPrefix("JSONRPC") || name.hasSuffix("MetaObject") || name == "Result" || name.hasSuffix("Error")
    }

    private static func allowing(_ member: String, in schema: JSONValue) -> JSONValue {
        var schema = schema.object ?? [:]
        var properties = schema["properties"]?.object ?? [:]
        if properties[member] == nil { properties[member] = [:] }
        schema["properties"] = .object(properties)
        return .object(schema)
    }

    private static func closing(_ schema: JSONValue, hasMeta: Bool) -> JSONValue {
        if let list = schema.array { return .array(list.map { closing($0, hasMeta: hasMeta) }) }
        guard var object = schema.object else { return schema }
        for (key, value) in object where key != "properties" && key != "enum" && key != "required" {
            object[key] = closing(value, hasMeta: false)
        }
        guard var properties = object["properties"]?.object, !properties.isEmpty else { return .object(object) }
        for (key, value) in properties {
            let isArbitrary = key == "inputSchema" || key == "outputSchema" || key == "_meta"
            properties[key] = isArbitrary ? value : closing(value, hasMeta: key == "params")
        }
        if hasMeta, properties["_meta"] == nil { properties["_meta"] = [:] }
        object["properties"] = .object(properties)
        if object["additionalProperties"] == nil { object["additionalProperties"] = false }
        return .object(object)
    }
}
