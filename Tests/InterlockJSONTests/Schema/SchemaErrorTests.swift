import InterlockJSON
import Testing

/// A schema that is refused: the code, the place, and words that the message holds.
struct RefusedSchema: Sendable, CustomTestStringConvertible {
    var schema: String
    var code: JSONSchemaError.Code
    var location: String
    var words: String
    init(_ schema: String, _ code: JSONSchemaError.Code, at location: String, _ words: String) {
        self.schema = schema
        self.code = code
        self.location = location
        self.words = words
    }
    var testDescription: String { schema }
}

@Suite("JSONSchema: schemas that are refused")
struct SchemaErrorTests {
    static let refused: [RefusedSchema] = [
        .init("12", .invalidSchema, at: "#", "not the number 12"),
        .init(#"{"type": "text"}"#, .invalidSchema, at: "#/type", "the types are"),
        .init(#"{"type": []}"#, .invalidSchema, at: "#/type", "at least one"),
        .init(#"{"properties": {"a": {"type": 5}}}"#, .invalidSchema, at: "#/properties/a/type", "array of strings"),
        .init(#"{"properties": []}"#, .invalidSchema, at: "#/properties", "has to be an object"),
        .init(#"{"properties": {"a": "string"}}"#, .invalidSchema, at: "#/properties/a", "object, true or false"),
        .init(#"{"items": [{"type": "string"}]}"#, .invalidSchema, at: "#/items", "an array"),
        .init(#"{"required": "a"}"#, .invalidSchema, at: "#/required", "array of strings"),
        .init(#"{"minLength": -1}"#, .invalidSchema, at: "#/minLength", "at least 0"),
        .init(#"{"minLength": 1.5}"#, .invalidSchema, at: "#/minLength", "whole number"),
        .init(#"{"maximum": "5"}"#, .invalidSchema, at: "#/maximum", "number"),
        .init(#"{"exclusiveMinimum": true}"#, .invalidSchema, at: "#/exclusiveMinimum", "draft-04"),
        .init(#"{"multipleOf": 0}"#, .invalidSchema, at: "#/multipleOf", "greater than 0"),
        .init(#"{"anyOf": []}"#, .invalidSchema, at: "#/anyOf", "at least one"),
        .init(#"{"enum": "a"}"#, .invalidSchema, at: "#/enum", "array"),
        .init(#"{"uniqueItems": "yes"}"#, .invalidSchema, at: "#/uniqueItems", "true or false"),
        .init(#"{"$ref": 5}"#, .invalidSchema, at: "#/$ref", "string"),
        .init(#"{"$id": "https://example.com/a#b"}"#, .invalidSchema, at: "#/$id", "$anchor"),
        .init(##"{"$ref": "#/$defs/a"}"##, .unresolvedReference, at: "#/$ref", "there is no \"$defs\""),
        .init(
            ##"{"items": {"$ref": "#/$defs/b"}, "$defs": {"a": true}}"##, .unresolvedReference, at: "#/items/$ref",
            "there is no \"b\" in #/$defs"),
        .init(##"{"$ref": "#a"}"##, .unresolvedReference, at: "#/$ref", "no anchor \"a\""),
        .init(##"{"$ref": "#/~2"}"##, .unresolvedReference, at: "#/$ref", "malformed"),
        .init(##"{"$ref": "#/enum/0", "enum": [5]}"##, .invalidSchema, at: "#/enum/0", "object, true or false"),
        .init(#"{"$ref": "https://example.com/other.json"}"#, .unresolvedReference, at: "#/$ref", "never fetched over a network"),
        .init(
            #"{"$defs": {"unused": {"$dynamicRef": "http://169.254.169.254/latest"}}}"#, .unresolvedReference,
            at: "#/$defs/unused/$dynamicRef", "never fetched"),
        .init(
            #"{"$schema": "http://json-schema.org/draft-04/schema#"}"#, .unsupportedDialect, at: "#/$schema",
            "draft/2020-12/schema"),
        .init(#"{"$schema": "https://json-schema.org/draft/2019-09/schema"}"#, .unsupportedDialect, at: "#/$schema", "2019-09"),
        .init(#"{"$defs": {"a": {"$id": "b", "$schema": "urn:x"}}}"#, .unsupportedDialect, at: "#/$defs/a/$schema", "urn:x"),
        .init(#"{"pattern": "(?=a)"}"#, .refusedPattern, at: "#/pattern", "at offset 0 of the pattern: look-ahead"),
        .init(#"{"patternProperties": {"a(": true}}"#, .refusedPattern, at: "#/patternProperties/a(", "never closed"),
        .init(##"{"$ref": "#"}"##, .infiniteReference, at: "#", "circle"),
        .init(
            ##"{"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"allOf": [{"$ref": "#/$defs/b"}]}}}"##,
            .infiniteReference, at: "#/$defs/b", "#/$defs/b → #/$defs/b/allOf/0 → #/$defs/b"),
        .init(#"{"$defs": {"a": {"$id": "urn:a"}, "b": {"$id": "urn:a"}}}"#, .duplicateIdentifier, at: "#/$defs/b/$id", "urn:a"),
        .init(#"{"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}"#, .duplicateIdentifier, at: "#/$defs/b", "\"x\""),
    ]

    @Test("with the place and the reason", arguments: refused)
    func refusal(_ entry: RefusedSchema) throws {
        let value = try JSONValue(parsing: entry.schema)
        let error = try #require(throws: JSONSchemaError.self) { try JSONSchema(value) }
        #expect(error.code == entry.code)
        #expect(error.schemaLocation == entry.location)
        #expect(error.message.contains(entry.words), "\(error.message)")
        #expect(error.description == "schema \(error.schemaLocation): \(error.message)")
    }

    @Test("a reference resolves once its target is handed in, under its name or its own identifier")
    func resources() throws {
        let schema: JSONValue = [
            "properties": ["a": ["$ref": "https://example.com/one"], "b": ["$ref": "https://example.com/real#/$defs/x"]]
        ]
        let resources: [String: JSONValue] = [
            "https://example.com/one#": ["type": "string"],
            "https://example.com/two": ["$id": "https://example.com/real", "$defs": ["x": ["type": "integer"]]],
        ]
        let compiled = try JSONSchema(schema, resources: resources)
        #expect(compiled.validate(["a": "x", "b": 1]).isEmpty)
        #expect(
            compiled.validate(["a": 1, "b": "x"]).map(\.schemaLocation) == [
                "https://example.com/one#/type", "https://example.com/two#/$defs/x/type",
            ])
    }

    @Test("a dialect with a required vocabulary that is not built in is refused, an optional one is not")
    func vocabularies() throws {
        func dialect(_ required: Bool) -> [String: JSONValue] {
            [
                "urn:dialect": [
                    "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:dialect",
                    "$vocabulary": ["https://json-schema.org/draft/2020-12/vocab/core": true, "urn:words": .bool(required)],
                ]
            ]
        }
        let schema: JSONValue = ["$schema": "urn:dialect", "type": "string"]
        let error = try #require(throws: JSONSchemaError.self) { try JSONSchema(schema, resources: dialect(true)) }
        #expect(error.code == .unsupportedVocabulary)
        #expect(try JSONSchema(schema, resources: dialect(false)).isValid(5))
    }
}
