import InterlockJSON
import Testing

@Suite("JSONSchema: dialects")
struct SchemaDialectTests {
    /// A draft-07 schema with values that it takes and values that it does not.
    static let draft7: [(schema: String, valid: [String], invalid: [String])] = [
        (
            #"{"items": [{"type": "string"}, {"type": "integer"}], "additionalItems": false}"#, [#"["a", 1]"#, "[]"],
            [#"[1]"#, #"["a", 1, 2]"#]
        ),
        (#"{"items": [{"type": "string"}], "additionalItems": {"type": "integer"}}"#, [#"["a", 1, 2]"#], [#"["a", "b"]"#]),
        (#"{"items": {"type": "string"}, "additionalItems": false}"#, [#"["a", "b"]"#], ["[1]"]),
        (
            #"{"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}"#, [#"{"a": 1, "b": 2}"#, #"{"c": 1, "d": 2}"#, "{}"],
            [#"{"a": 1}"#, #"{"c": 1}"#]
        ),
        (##"{"$ref": "#/definitions/a", "type": "string", "definitions": {"a": {"type": "integer"}}}"##, ["1"], [#""a""#]),
        (##"{"$ref": "#name", "definitions": {"a": {"$id": "#name", "type": "integer"}}}"##, ["1"], [#""a""#]),
        (
            #"{"allOf": [{"$ref": "http://example.com/b"}], "definitions": {"a": {"$id": "http://example.com/b", "const": 3}}}"#,
            ["3", "3.0"], ["4"]
        ),
        (#"{"if": {"const": 1}, "then": false, "else": {"type": "string"}}"#, [#""x""#], ["1", "2"]),
        (#"{"contains": {"const": 1}}"#, ["[0, 1]"], ["[]", "[0]"]),
        (
            #"{"prefixItems": [false], "dependentRequired": {"a": ["b"]}, "unevaluatedProperties": false, "minContains": 5}"#,
            ["[1]", #"{"a": 1}"#], []
        ),
        (#"{"propertyNames": {"maxLength": 2}}"#, [#"{"ab": 1}"#], [#"{"abc": 1}"#]),
        (
            #"{"properties": {"a": {"$ref": "http://json-schema.org/draft-07/schema#"}}}"#, [#"{"a": {"type": "string"}}"#],
            [#"{"a": {"type": 5}}"#]
        ),
    ]

    @Test(
        "draft-07 keeps its own rules",
        arguments: [
            "http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-07/schema",
            "https://json-schema.org/draft-07/schema#",
        ])
    func draft7(_ dialect: String) throws {
        for entry in Self.draft7 {
            var schema = try #require(JSONValue(parsing: entry.schema).object)
            schema["$schema"] = .string(dialect)
            let compiled = try JSONSchema(.object(schema))
            for value in entry.valid {
                #expect(try compiled.validate(JSONValue(parsing: value)).isEmpty, "\(entry.schema) on \(value)")
            }
            for value in entry.invalid {
                #expect(try !compiled.isValid(JSONValue(parsing: value)), "\(entry.schema) on \(value)")
            }
        }
    }

    @Test("the dialect of a schema that names none is the configured one")
    func defaultDialect() throws {
        let schema: JSONValue = ["items": [["type": "string"]]]
        #expect(throws: JSONSchemaError.self) { try JSONSchema(schema) }
        #expect(try !JSONSchema(schema, configuration: JSONSchemaConfiguration(defaultDialect: .draft7)).isValid([1]))
    }

    @Test("a resource within a schema may be of the other dialect")
    func mixed() throws {
        let schema = try JSONSchema(
            JSONValue(
                parsing: """
                    {"properties": {"old": {"$ref": "urn:old"}, "new": {"prefixItems": [{"type": "string"}]}},
                     "$defs": {"o": {"$id": "urn:old", "$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "integer"}], "prefixItems": [false]}}}
                    """))
        #expect(schema.isValid(["old": [1], "new": ["a"]]))
        #expect(!schema.isValid(["old": ["a"]]))
        #expect(!schema.isValid(["new": [1]]))
    }

    @Test("a built-in dialect is known by its identifier, whatever the scheme and with an empty fragment")
    func identifiers() {
        #expect(JSONSchemaDialect("https://json-schema.org/draft/2020-12/schema") == .draft202012)
        #expect(JSONSchemaDialect("https://json-schema.org/draft/2020-12/schema#") == .draft202012)
        #expect(JSONSchemaDialect("http://json-schema.org/draft-07/schema#") == .draft7)
        #expect(JSONSchemaDialect("http://json-schema.org/schema#") == nil)
        #expect(JSONSchemaDialect("") == nil)
    }

    @Test("every subschema of the document can be used by itself")
    func subschemas() throws {
        let schema = try JSONSchema(
            JSONValue(parsing: ##"{"$defs": {"a": {"type": "string"}, "b~/": {"properties": {"x": {"$ref": "#/$defs/a"}}}}}"##))
        #expect(schema.isValid(1))
        #expect(try !#require(schema.subschema(at: "/$defs/a")).isValid(1))
        #expect(try #require(schema.subschema(at: "/$defs/b~0~1")).validate(["x": 1]).map(\.instancePath) == ["/x"])
        #expect(schema.subschema(at: "") != nil)
        #expect(schema.subschema(at: "/$defs/c") == nil)
        #expect(schema.subschema(at: "/$defs") == nil)
    }

    @Test("content keywords and unknown keywords only annotate")
    func annotations() throws {
        let schema = try JSONSchema([
            "contentEncoding": "base64", "contentMediaType": "application/json", "contentSchema": false, "x-mcp-header": "Region",
            "default": 5, "examples": [1],
            "deprecated": true, "readOnly": true, "$comment": "no", "format": "email",
        ])
        #expect(schema.validate("not base64!").isEmpty)
    }
}
