import InterlockJSON
import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

@Suite("Arguments for the schemas of a hostile server", .timeLimit(.minutes(5)))
struct HostileSchemaTests {
    /// Both makers of arguments, with one schema: what they give must be valid, whether they give anything or not.
    private static func make(_ property: JSONValue) throws {
        let schema: JSONValue = ["type": "object", "required": ["a"], "properties": ["a": property]]
        if let made = ArgumentSample.make(RawJSON(schema)) { #expect(try JSONSchema(schema).isValid(made.value())) }
        for seed in UInt64(0)..<4 {
            var made: JSONValue?
            do { made = try SchemaExample(RawJSON(schema)).value(seed: seed) } catch { #expect(!error.message.isEmpty) }
            if let made { #expect(try JSONSchema(schema).isValid(made)) }
        }
    }

    @Test("are made or refused, and nothing else", arguments: [
        #"{"type":"string","maxLength":-1}"#, #"{"type":"string","minLength":-100}"#, #"{"type":"string","minLength":9223372036854775807}"#,
        #"{"type":"string","maxLength":-9223372036854775808}"#, #"{"type":"string","minLength":9,"maxLength":3}"#,
        #"{"type":"integer","exclusiveMinimum":9223372036854775807}"#, #"{"type":"integer","minimum":9223372036854775807}"#,
        #"{"type":"integer","maximum":-9223372036854775808}"#, #"{"type":"integer","exclusiveMaximum":-9223372036854775808}"#,
        #"{"type":"integer","multipleOf":9223372036854775807}"#, #"{"type":"integer","multipleOf":9223372036854775807,"minimum":1}"#,
        #"{"type":"integer","multipleOf":-3}"#, #"{"type":"integer","multipleOf":0}"#, #"{"type":"integer","minimum":9,"maximum":3}"#,
        #"{"type":"number","minimum":-1e308,"maximum":1e308}"#, #"{"type":"number","exclusiveMaximum":-5}"#, #"{"type":"number","multipleOf":1e300}"#,
        #"{"type":"array","minItems":-1}"#, #"{"type":"array","minItems":9223372036854775807}"#, #"{"type":"array","maxItems":-1}"#,
        #"{"enum":[]}"#, #"{"examples":[]}"#, #"{"anyOf":[]}"#, #"{"type":[]}"#, #"{"type":7}"#, #"{"required":"a"}"#, ##"{"$ref":"#"}"##,
        #"{"type":"string","pattern":"((a{0}){10000}){10000}"}"#, #"{"type":"string","pattern":"((a{1000}){1000}){1000}"}"#,
    ])
    func table(text: String) throws {
        try Self.make(JSONValue(parsing: text))
    }

    @Test("arrays and references that multiply take no more memory than a bound allows")
    func multiplying() throws {
        var nested: JSONValue = ["type": "integer"]
        for _ in 0..<7 { nested = ["type": "array", "minItems": 16, "items": nested] }
        try Self.make(nested)
        try Self.make(["$ref": "#/$defs/a", "$defs": [:]])
        let names = (0..<10).map { "p\($0)" }
        let tree: JSONValue = [
            "type": "object", "required": .array(names.map(JSONValue.string)), "properties": .object(JSONObject(names.map { ($0, ["$ref": "#"]) })),
        ]
        #expect(throws: ScenarioError.self) { try SchemaExample(RawJSON(tree)).value(seed: 1) }
        #expect(ArgumentSample.make(RawJSON(tree)) == nil)
    }

    @Test("long texts and defaults that multiply are given up, and examples are few where each is long")
    func long() throws {
        func schema(_ property: JSONValue, rows: Int, columns: Int) -> RawJSON {
            let items: JSONValue = ["type": "array", "minItems": .number(JSONNumber(columns)), "items": property]
            return RawJSON(["type": "object", "required": ["a"], "properties": ["a": ["type": "array", "minItems": .number(JSONNumber(rows)), "items": items]]])
        }
        let texts: JSONValue = ["type": "string", "minLength": 10_000]
        let usual: JSONValue = ["type": "string", "default": .string(String(repeating: "a", count: 100_000))]
        for property in [texts, usual] {
            #expect(throws: ScenarioError.self) { try SchemaExample(schema(property, rows: 100, columns: 19)).value(seed: 1) }
        }
        #expect(ArgumentSample.make(schema(usual, rows: 16, columns: 16)) == nil)
        // 600 KB each.
        let template = try ArgumentTemplate(try SchemaExample(schema(texts, rows: 6, columns: 10)), seed: 1)
        #expect(template.source.array?.count == 14)
        #expect(try ArgumentTemplate(try SchemaExample(schema(["type": "string"], rows: 1, columns: 1)), seed: 1).source.array?.count == 256)
    }

    @Test("a pattern whose groups lie too deep for the stack is not for examples")
    func deepPattern() {
        let deep = String(repeating: "(", count: 100_000) + "a" + String(repeating: ")", count: 100_000)
        #expect(PatternExample(deep) == nil)
        #expect(PatternExample(String(repeating: "(", count: 20) + "a" + String(repeating: ")", count: 20)) != nil)
    }

    @Test("drawn keywords with drawn values never end the program", arguments: UInt64(0)..<40)
    func drawn(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 { try Self.make(Self.schema(&random, depth: 0)) }
    }

    private static let keywords = [
        "type", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "items",
        "prefixItems", "enum", "const", "default", "examples", "anyOf", "oneOf", "allOf", "properties", "required", "format", "pattern", "$ref",
    ]

    private static func schema(_ random: inout SeededRandom, depth: Int) -> JSONValue {
        var members = JSONObject()
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            members[keywords[Int.random(in: 0..<keywords.count, using: &random)]] = value(&random, depth: depth)
        }
        return .object(members)
    }

    private static func value(_ random: inout SeededRandom, depth: Int) -> JSONValue {
        let fixed: [JSONValue] = [
            0, 1, -1, .number(JSONNumber(Int.max)), .number(JSONNumber(Int.min)), 1e300, -1e300, 0.5, "", "a", "#", "#/properties/a", "uuid", "string",
            "integer", "array", "object", "number", true, nil, [], [:], ["a"], ["string", "null"], "^a{3}$", "(",
        ]
        let choice = Int.random(in: 0..<fixed.count + 6, using: &random)
        guard choice >= fixed.count, depth < 3 else { return fixed[min(choice, fixed.count - 1)] }
        let inner = schema(&random, depth: depth + 1)
        return choice.isMultiple(of: 3) ? inner : choice.isMultiple(of: 2) ? [inner, schema(&random, depth: depth + 1)] : ["a": inner]
    }
}
