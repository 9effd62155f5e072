import InterlockJSON
import Testing

@Suite("JSONSchema: validation on bytes")
struct DirectSchemaTests {
    @Test(
        "plain schemas are checked on the bytes, others are not",
        arguments: [
            (
                #"{"type": "object", "properties": {"a": {"type": "string"}, "b": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, "required": ["a"]}"#,
                true
            ),
            (
                ##"{"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "array", "items": {"$ref": "#"}}}}"##,
                true
            ),
            (#"{"properties": {"a": {"uniqueItems": true}}, "additionalProperties": false}"#, true),
            (#"{"type": "object", "unevaluatedProperties": false}"#, false),
            (#"{"allOf": [true]}"#, false),
            (##"{"$dynamicAnchor": "a", "properties": {"x": {"$dynamicRef": "#a"}}}"##, false),
        ])
    func coverage(_ schema: String, _ isDirect: Bool) throws {
        #expect(try JSONSchema(JSONValue(parsing: schema)).isDirect == isDirect)
    }

    @Test(
        "what the bytes leave open is decided on the tree",
        arguments: [
            // A name written with escapes, and one that occurs twice: the last counts.
            (#"{"properties": {"ab": {"type": "integer"}}, "required": ["ab"]}"#, #"{"a\u0062": 1}"#, true),
            (#"{"properties": {"ab": {"type": "integer"}}, "required": ["ab"]}"#, #"{"a\u0062": "x"}"#, false),
            (#"{"properties": {"a": {"type": "integer"}}}"#, #"{"a": "x", "a": 1}"#, true),
            (#"{"properties": {"a": {"type": "integer"}}}"#, #"{"a": 1, "a": "x"}"#, false),
            (#"{"maxProperties": 1}"#, #"{"a": 1, "a": 2}"#, true),
            (#"{"minProperties": 2}"#, #"{"a": 1, "a": 2}"#, false),
            // Numbers whose nearest Double is the bound.
            (#"{"maximum": 0.1}"#, "0.1", true),
            (#"{"maximum": 0.1}"#, "0.10000000000000000001", false),
            (#"{"minimum": 1}"#, "0.99999999999999999999999", false),
            (#"{"minimum": 9007199254740993}"#, "9007199254740992", false),
            (#"{"minimum": 9007199254740993}"#, "9007199254740993", true),
            (#"{"exclusiveMaximum": 1e400}"#, "1e399", true),
            (#"{"exclusiveMaximum": 1e400}"#, "1e400", false),
            (#"{"type": "integer"}"#, "1.0", true),
            (#"{"type": "integer"}"#, "1e2", true),
            (#"{"type": "integer"}"#, "1.5", false),
            (#"{"type": "integer", "multipleOf": 3}"#, "123456789012345678901234567890", true),
            (#"{"type": "integer", "multipleOf": 3}"#, "123456789012345678901234567891", false),
            (#"{"multipleOf": 0.1}"#, "0.3", true),
            (#"{"multipleOf": 1}"#, "-9223372036854775808", true),
            (#"{"enum": ["a\"b"]}"#, #""a\"b""#, true),
            (#"{"minLength": 2, "maxLength": 2}"#, #""éé""#, true),
            (#"{"minLength": 3}"#, #""éé""#, false),
            (#"{"maxLength": 2}"#, #""\ud83d\udca9💩""#, true),
            (#"{"type": "object"}"#, #" {"a" : [ 1 , {"b":[ ]} ] } "#, true),
            (
                #"{"type": "array", "items": {"type": "object", "properties": {"a": true}, "additionalProperties": false}}"#,
                #"[ {} , {"a": {"x": [1]}} ]"#, true
            ),
            (#"{"type": "array", "items": {"additionalProperties": false}}"#, #"[ {} , {"a": 1} ]"#, false),
            ("true", "null", true),
            ("false", "null", false),
        ])
    func edges(_ schema: String, _ text: String, _ isValid: Bool) throws {
        let schema = try JSONSchema(JSONValue(parsing: schema))
        let raw = try RawJSON(parsing: text)
        #expect(schema.isValid(raw) == isValid)
        #expect(schema.isValid(raw.value()) == isValid)
        #expect(schema.validate(raw).isEmpty == isValid)
    }

    @Test("ten thousand generated schemas and values get the same answer on bytes and on trees")
    func agreement() throws {
        var numbers = SeededGenerator(seed: 7)
        var direct = 0
        var valid = 0
        let rounds = 2_500
        for _ in 0..<rounds {
            let source = schema(depth: 3, &numbers)
            let compiled = try JSONSchema(source)
            direct += compiled.isDirect ? 1 : 0
            for _ in 0..<4 {
                let value = value(depth: 3, &numbers)
                let raw = try RawJSON(parsing: numbers.text(of: value))
                let expected = compiled.isValid(value)
                valid += expected ? 1 : 0
                #expect(compiled.isValid(raw) == expected, "\(source) on \(raw)")
                #expect(compiled.validate(raw).isEmpty == expected, "\(source) on \(raw)")
            }
        }
        #expect(direct > rounds / 3)
        #expect(valid > rounds / 2 && valid < rounds * 7 / 2)
    }

    private func schema(depth: Int, _ numbers: inout SeededGenerator) -> JSONValue {
        var keywords: JSONObject = [:]
        func small() -> JSONValue { .number(JSONNumber(Int.random(in: 0...3, using: &numbers))) }
        if numbers.chance(60) {
            let types: [JSONValue] = [
                "string", "integer", "number", "boolean", "null", "array", "object", "object", "array", ["string", "null"],
                ["integer", "object"],
            ]
            keywords["type"] = types.randomElement(using: &numbers)
        }
        if numbers.chance(15) { keywords["enum"] = numbers.chance(70) ? ["a", "b", "é"] : ["a", 1, nil] }
        if numbers.chance(15) { keywords["minimum"] = small() }
        if numbers.chance(10) { keywords["maximum"] = 2.5 }
        if numbers.chance(10) { keywords["multipleOf"] = numbers.chance(50) ? 2 : 0.5 }
        if numbers.chance(10) { keywords["minLength"] = small() }
        if numbers.chance(10) { keywords["maxLength"] = small() }
        if numbers.chance(10) { keywords["pattern"] = "^[a-zé]*$" }
        if numbers.chance(10) { keywords["minItems"] = small() }
        if numbers.chance(10) { keywords["maxProperties"] = small() }
        guard depth > 0 else { return .object(keywords) }
        if numbers.chance(50) {
            keywords["properties"] = .object(JSONObject(["a", "b", "é"].map { ($0, schema(depth: depth - 1, &numbers)) }))
            if numbers.chance(40) { keywords["required"] = numbers.chance(50) ? ["a"] : ["b", "c"] }
            if numbers.chance(30) {
                keywords["additionalProperties"] = numbers.chance(50) ? false : schema(depth: depth - 1, &numbers)
            }
        }
        if numbers.chance(30) { keywords["items"] = schema(depth: depth - 1, &numbers) }
        if numbers.chance(8) { keywords["uniqueItems"] = true }
        if numbers.chance(8) { keywords["not"] = schema(depth: depth - 1, &numbers) }
        if numbers.chance(15) {
            keywords = [
                numbers.chance(50) ? "anyOf" : "oneOf": [schema(depth: depth - 1, &numbers), schema(depth: depth - 1, &numbers)]
            ]
        }
        return .object(keywords)
    }

    private func value(depth: Int, _ numbers: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 10 : 5), using: &numbers) {
        case 0: return nil
        case 1: return .bool(Bool.random(using: &numbers))
        case 2: return [1, 2, 2.5, 2.0, 0, -1, 4].randomElement(using: &numbers)!
        case 3, 4: return ["a", "b", "é", "", "abc", "A", "\"", "1"].randomElement(using: &numbers)!
        case 5, 6: return .array((0..<Int.random(in: 0...3, using: &numbers)).map { _ in value(depth: depth - 1, &numbers) })
        default:
            return .object(
                JSONObject(
                    (0..<Int.random(in: 0...4, using: &numbers)).map { _ in
                        (["a", "b", "c", "é", "d"].randomElement(using: &numbers)!, value(depth: depth - 1, &numbers))
                    }))
        }
    }
}
