import InterlockJSON
import Testing

@Suite("JSONSchema: limits")
struct SchemaLimitTests {
    private func refusal(_ schema: JSONValue, _ configuration: JSONSchemaConfiguration) throws -> JSONSchemaError {
        try #require(throws: JSONSchemaError.self) { try JSONSchema(schema, configuration: configuration) }
    }

    @Test("a schema that nests too deeply is refused")
    func depth() throws {
        var schema: JSONValue = true
        for _ in 0..<64 { schema = ["items": schema] }
        _ = try JSONSchema(schema)
        let error = try refusal(["not": schema], .default)
        #expect(error.code == .limitExceeded)
        #expect(error.message.contains("64"))
    }

    @Test("a schema with too many subschemas is refused, those of referenced documents counted in")
    func count() throws {
        let many: JSONValue = ["anyOf": .array(Array(repeating: true, count: 50))]
        _ = try JSONSchema(many, configuration: JSONSchemaConfiguration(maximumSubschemas: 51))
        #expect(try refusal(many, JSONSchemaConfiguration(maximumSubschemas: 50)).code == .limitExceeded)
        let error = try #require(throws: JSONSchemaError.self) {
            try JSONSchema(
                ["$ref": "urn:many"], resources: ["urn:many": many], configuration: JSONSchemaConfiguration(maximumSubschemas: 51)
            )
        }
        #expect(error.code == .limitExceeded)
    }

    @Test("patterns are limited one by one and together")
    func patterns() throws {
        let one: JSONValue = ["pattern": "^a{200}$"]
        let configuration = JSONSchemaConfiguration(maximumPatternInstructions: 500)
        _ = try JSONSchema(["allOf": [one, one]], configuration: configuration)
        #expect(try refusal(["allOf": [one, one, one]], configuration).code == .limitExceeded)
        let small = JSONSchemaConfiguration(patternLimits: PatternLimits(maximumInstructions: 100))
        #expect(try refusal(one, small).code == .refusedPattern)
    }

    @Test("a validation that takes too many steps is given up and says so")
    func steps() throws {
        // Each level applies the next one twice to the same value.
        let schema: JSONValue = [
            "$ref": "#/$defs/0",
            "$defs": .object(
                JSONObject(
                    (0..<40).map { level in
                        let next: JSONValue = level == 39 ? ["type": "string"] : ["$ref": .string("#/$defs/\(level + 1)")]
                        return ("\(level)", ["allOf": [next, next]])
                    })),
        ]
        let compiled = try JSONSchema(schema, configuration: JSONSchemaConfiguration(maximumSteps: 10_000))
        #expect(!compiled.isValid("x"))
        #expect(!compiled.isValid(RawJSON("x")))
        let violations = compiled.validate("x")
        #expect(violations.count == 1)
        #expect(violations[0].isLimit)
        #expect(violations[0].message.contains("10000 steps"))
    }

    @Test(
        "costly comparisons and patterns are steps, too",
        arguments: [
            #"{"enum": [1e999]}"#, #"{"uniqueItems": true}"#, #"{"contains": {"pattern": "(a|b?)*.{50}x$"}}"#,
        ])
    func costs(_ schema: String) throws {
        let compiled = try JSONSchema(JSONValue(parsing: schema), configuration: JSONSchemaConfiguration(maximumSteps: 1_000))
        let huge = try #require(JSONNumber(String(repeating: "1", count: 100_000)))
        let value: JSONValue =
            schema.contains("enum")
            ? .number(huge) : .array((0..<2_000).map { .string("\($0) " + String(repeating: "ab", count: 400)) })
        #expect(compiled.validate(value).contains { $0.isLimit })
        #expect(!compiled.isValid(RawJSON(value)))
    }

    @Test(
        "references that loop on the same value are given up, not trapped",
        arguments: [
            ##"{"anyOf": [{"$ref": "#"}]}"##, ##"{"not": {"$ref": "#"}}"##, ##"{"if": {"$ref": "#"}}"##,
            ##"{"oneOf": [{"$ref": "#"}, {"$ref": "#"}]}"##,
            ##"{"$dynamicAnchor": "a", "$dynamicRef": "#a"}"##, ##"{"dependentSchemas": {"a": {"$ref": "#"}}}"##,
            ##"{"contains": {"$ref": "#/$defs/a"}, "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}"##,
        ])
    func loops(_ schema: String) throws {
        let compiled = try JSONSchema(JSONValue(parsing: schema))
        let value: JSONValue = schema.contains("contains") ? [1] : ["a": 1]
        #expect(!compiled.isValid(value))
        #expect(compiled.validate(value).contains { $0.isLimit })
        #expect(compiled.validate(RawJSON(value)).contains { $0.isLimit })
    }

    @Test("a loop that no value enters does no harm")
    func harmlessLoop() throws {
        let schema = try JSONSchema(JSONValue(parsing: ##"{"anyOf": [{"type": "string"}, {"$ref": "#"}]}"##))
        #expect(schema.isValid("x"))
        #expect(schema.validate(1).contains { $0.isLimit })
    }

    @Test("recursion through the value is bounded")
    func recursion() throws {
        let schema = try JSONSchema(
            JSONValue(parsing: ##"{"properties": {"a": {"$ref": "#"}}, "maxProperties": 1, "minProperties": 0}"##),
            configuration: JSONSchemaConfiguration(maximumRecursion: 50))
        func nested(_ depth: Int) -> JSONValue { (0..<depth).reduce(["b": 1]) { value, _ in ["a": value] } }
        #expect(schema.isValid(nested(20)))
        #expect(schema.isValid(RawJSON(nested(20))))
        let violations = schema.validate(RawJSON(nested(60)))
        #expect(violations.map(\.message) == ["validation was given up 50 schemas deep; send a value that is nested less deeply"])
    }

    @Test("no more violations are reported than asked for, the first ones")
    func violations() throws {
        let schema = try JSONSchema(["items": ["type": "string"]], configuration: JSONSchemaConfiguration(maximumViolations: 3))
        #expect(schema.validate(.array(Array(repeating: 1, count: 10))).map(\.instancePath) == ["/0", "/1", "/2"])
        let none = try JSONSchema(false, configuration: JSONSchemaConfiguration(maximumViolations: 0))
        #expect(none.validate(1).count == 1)
    }

    @Test("many members and many required names stay cheap")
    func wide() throws {
        let names = (0..<5_000).map { "name\($0)" }
        let schema = try JSONSchema([
            "properties": .object(JSONObject(names.map { ($0, ["type": "integer"]) })),
            "required": .array(names.map { .string($0) }), "additionalProperties": false,
        ])
        let value = JSONValue.object(JSONObject(names.map { ($0, 1) }))
        #expect(schema.validate(value).isEmpty)
        #expect(schema.isValid(RawJSON(value)))
        #expect(schema.validate([:]).count == 20)
    }
}
