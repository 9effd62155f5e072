import InterlockJSON
import Testing

@Suite("JSONSchema: references")
struct SchemaReferenceTests {
    /// RFC 3986 §5.4: a reference, and what it means seen from `http://a/b/c/d;p?q`.
    static let resolutions: [(reference: String, target: String)] = [
        ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), (";x", "http://a/b/c/;x"), ("g;x", "http://a/b/c/g;x"),
        (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"), ("..", "http://a/b/"), ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"),
        ("../../", "http://a/"),
        ("../../g", "http://a/g"), ("../../../g", "http://a/g"), ("/./g", "http://a/g"), ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"), ("g..", "http://a/b/c/g.."), ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"), ("g;x=1/./y", "http://a/b/c/g;x=1/y"), ("g?y/../x", "http://a/b/c/g?y/../x"),
    ]

    @Test("are resolved as RFC 3986 has it", arguments: resolutions.indices)
    func resolution(_ index: Int) throws {
        let (reference, target) = Self.resolutions[index]
        let schema: JSONValue = ["$id": "http://a/b/c/d;p?q", "$ref": .string(reference)]
        #expect(try !JSONSchema(schema, resources: [target: ["type": "string"]]).isValid(1), "\(reference)")
        #expect(throws: JSONSchemaError.self) { try JSONSchema(schema, resources: [target + "x": true]) }
    }

    @Test("to the document itself need no identifier")
    func sameDocument() throws {
        let schema = try JSONSchema(
            JSONValue(
                parsing:
                    ##"{"properties": {"a": {"$ref": "#"}, "b": {"$ref": "#x"}}, "type": "object", "definitions": {"y": {"$anchor": "x", "type": "null"}}}"##
            ))
        #expect(schema.isValid(["a": ["a": [:]], "b": nil]))
        #expect(!schema.isValid(["a": 1]))
        #expect(!schema.isValid(["b": 1]))
    }

    @Test("reach places under unknown keywords, with the base that holds there")
    func unknownKeywords() throws {
        let schema = try JSONSchema(
            JSONValue(
                parsing:
                    ##"{"$id": "urn:a", "$ref": "#/components/schemas/0/x%20y", "components": {"schemas": [{"x y": {"$ref": "#/$defs/z"}}]}, "$defs": {"z": {"type": "integer"}}}"##
            ))
        #expect(schema.isValid(1))
        #expect(!schema.isValid("1"))
        #expect(schema.validate("1").first?.schemaLocation == "urn:a#/$defs/z/type")
    }

    @Test("lead to every built-in meta-schema")
    func metaSchemas() throws {
        for name in [
            "schema", "meta/core", "meta/applicator", "meta/unevaluated", "meta/validation", "meta/meta-data",
            "meta/format-annotation", "meta/format-assertion", "meta/content",
        ] {
            let meta = try JSONSchema(["$ref": .string("https://json-schema.org/draft/2020-12/\(name)")])
            #expect(meta.isValid(["type": "object", "properties": ["a": true], "format": "x"]), "\(name)")
            #expect(!meta.isValid(5), "\(name)")
        }
        let whole = try JSONSchema(["$ref": "https://json-schema.org/draft/2020-12/schema"])
        for broken in [
            #"{"type": "text"}"#, #"{"properties": {"a": {"minLength": -1}}}"#, #"{"$defs": {"a": {"required": [1]}}}"#,
            #"{"allOf": []}"#, #"{"title": 5}"#,
        ] {
            #expect(try !whole.isValid(JSONValue(parsing: broken)), "\(broken)")
        }
    }
}
