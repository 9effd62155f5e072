import InterlockJSON
import Testing

/// A schema, a value, and everything that is said about the value.
struct MessageCase: Sendable, CustomTestStringConvertible {
    var schema: String
    var value: String
    var said: [String]
    init(_ schema: String, _ value: String, _ said: String...) {
        self.schema = schema
        self.value = value
        self.said = said
    }
    var testDescription: String { "\(schema) on \(value)" }
}

@Suite("JSONSchema: what violations say")
struct SchemaMessageTests {
    static let transfer = """
        {"type": "object", "additionalProperties": false, "required": ["from", "to", "amount"], "properties": {
          "from": {"type": "string", "description": "Account that pays"}, "to": {"$ref": "#/$defs/account"},
          "amount": {"type": "integer", "minimum": 1}, "currency": {"enum": ["EUR", "USD", "CHF"]}},
          "$defs": {"account": {"type": "string", "pattern": "^acc-[0-9]{4}$"}}}
        """

    static let cases: [MessageCase] = [
        .init(
            transfer, #"{"from": "acc-1", "to": "acc-0002", "amount": "12"}"#,
            #"/amount: expected an integer, got the string "12"; send a number without quotes"#),
        .init(
            transfer, #"{"from": "a", "to": "acc-2", "ammount": 12}"#,
            #"missing required property "amount" (an integer); was "ammount" meant to be it?"#,
            #"/to: expected text that matches the pattern ^acc-[0-9]{4}$, got "acc-2""#,
            #"/ammount: unknown property "ammount"; did you mean "amount"?"#),
        .init(
            transfer, #"{"to": "acc-0002", "amount": 0, "currency": "Eur", "memo": ""}"#,
            #"missing required property "from" (a string: "Account that pays")"#,
            #"/amount: expected at least 1, got 0"#,
            #"/currency: expected one of "EUR", "USD", "CHF", got "Eur"; did you mean "EUR"?"#,
            #"/memo: unknown property "memo"; allowed are "from", "to", "amount", "currency""#),
        .init(transfer, "[]", "expected an object, got an empty array"),
        .init(
            transfer, #""{\"from\": 1}""#,
            #"expected an object, got the string "{\"from\": 1}"; send the JSON itself, not a string that holds it"#),
        .init(#"{"type": "integer"}"#, "1.5", "expected an integer, got the number 1.5; send a whole number"),
        .init(#"{"type": "boolean"}"#, #""true""#, #"expected a boolean, got the string "true"; send true without quotes"#),
        .init(#"{"type": "string"}"#, "12", "expected a string, got the number 12; put it in quotes"),
        .init(#"{"type": "string"}"#, "null", "expected a string, got null; send a value, or leave it out if it is optional"),
        .init(#"{"type": ["string", "null"]}"#, "true", "expected a string or null, got the boolean true; put it in quotes"),
        .init(
            #"{"type": "array"}"#, #""a""#,
            #"expected an array, got the string "a"; put it in square brackets, even a single item"#),
        .init(
            #"{"type": "array"}"#, #"{"a": 1}"#, "expected an array, got an object; put it in square brackets, even a single item"
        ),
        .init(#"{"const": 5}"#, #""5""#, #"expected 5, got "5"; send it without quotes"#),
        .init(#"{"maximum": 5, "multipleOf": 2}"#, "7", "expected at most 5, got 7", "expected a multiple of 2, got 7"),
        .init(
            #"{"exclusiveMinimum": 0.5, "exclusiveMaximum": 0.5}"#, "0.5", "expected more than 0.5, got 0.5",
            "expected less than 0.5, got 0.5"),
        .init(#"{"minLength": 3}"#, #""é""#, #"expected at least 3 characters, got 1: "é""#),
        .init(#"{"maxLength": 1}"#, #""💩💩""#, "expected at most 1 character, got 2"),
        .init(#"{"minItems": 2, "uniqueItems": true}"#, "[1]", "expected at least 2 items, got 1"),
        .init(#"{"uniqueItems": true}"#, "[1, 2, 1.0]", "items 0 and 2 are equal (1); every item has to be different"),
        .init(#"{"items": {"type": "string"}}"#, #"["a", 1]"#, "/1: expected a string, got the number 1; put it in quotes"),
        .init(#"{"prefixItems": [true], "items": false}"#, "[1, 2, 3]", "expected at most 1 item, got 3"),
        .init(#"{"contains": {"type": "string"}}"#, "[1]", "expected at least 1 item that is a string, found 0"),
        .init(
            #"{"contains": {"minimum": 3}, "minContains": 2}"#, "[1, 4]",
            "expected at least 2 items fitting the schema under \"contains\", found 1"),
        .init(#"{"minProperties": 1}"#, "{}", "expected at least 1 property, got 0"),
        .init(#"{"maxProperties": 1}"#, #"{"a": 1, "b": 2}"#, "expected at most 1 property, got 2"),
        .init(
            #"{"dependentRequired": {"card": ["billing"]}}"#, #"{"card": 1}"#,
            #""card" requires "billing" too; add it, or leave "card" out"#),
        .init(
            #"{"propertyNames": {"pattern": "^[a-z]+$"}}"#, #"{"A": 1}"#,
            #"the property name "A" is not allowed: expected text that matches the pattern ^[a-z]+$, got "A""#),
        .init(
            #"{"patternProperties": {"^x-": true}, "additionalProperties": false}"#, #"{"y": 1}"#,
            "/y: unknown property \"y\"; allowed are names that match ^x-"),
        .init(#"{"additionalProperties": false}"#, #"{"y": 1}"#, "/y: unknown property \"y\"; no properties are allowed here"),
        .init(#"{"properties": {"a/b~c": false}}"#, #"{"a/b~c": 1}"#, "/a~1b~0c: nothing is allowed here; leave it out"),
        .init(
            #"{"allOf": [{"properties": {"name": true}}], "properties": {"age": true}, "unevaluatedProperties": false}"#,
            #"{"nmae": 1}"#,
            #"/nmae: unknown property "nmae"; did you mean "name"?"#),
        .init(
            #"{"prefixItems": [true], "unevaluatedItems": false}"#, "[1, 2]", "item 1 is one too many; expected at most 1 item"),
        .init(#"{"not": {"type": "string"}}"#, #""a""#, #"must not be a string, got "a""#),
        .init(#"{"not": {"required": ["a"]}}"#, #"{"a": 1}"#, #"fits the schema that "not" forbids: {"a":1}"#),
        .init(
            #"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#, "1",
            "expected a string or null, got the number 1; put it in quotes"),
        .init(
            #"{"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}, {"enum": ["c", "d"]}]}"#, #""e""#,
            #"expected one of "a", "b", "c", "d", got "e""#),
        .init(
            #"{"anyOf": [{"type": "string"}, {"type": "object", "required": ["x"]}]}"#, "{}", #"missing required property "x""#),
        .init(
            #"""
            {"oneOf": [{"properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}}, "required": ["kind", "radius"]},
                       {"properties": {"kind": {"const": "square"}, "side": {"type": "number"}}, "required": ["kind", "side"]}]}
            """#, #"{"kind": "square", "side": "3"}"#,
            #"/side: expected a number, got the string "3"; send a number without quotes"#),
        .init(
            #"{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}"#, "{}",
            #"fits none of the 2 alternatives: (0) missing required property "phone"; (1) missing required property "email""#),
        .init(
            #"{"oneOf": [{"minimum": 1}, {"maximum": 5}]}"#, "3",
            "fits 2 of the alternatives (#0, #1), but has to fit exactly one; make it unambiguous"),
        .init(
            #"{"if": {"properties": {"by": {"const": "phone"}}}, "then": {"required": ["phone"]}, "else": {"required": ["email"]}}"#,
            #"{"by": "mail"}"#,
            #"missing required property "email""#),
        .init(
            #"{"anyOf": [{"type": "object", "properties": {"unit": {"enum": ["C", "F"]}}}, {"type": "null"}]}"#,
            #"{"unit": "K"}"#,
            #"/unit: expected one of "C", "F", got "K""#),
        .init("false", "1", "nothing is allowed here; leave it out"),
    ]

    @Test("say what was expected, what was found and what to send", arguments: cases)
    func messages(_ entry: MessageCase) throws {
        let schema = try JSONSchema(JSONValue(parsing: entry.schema))
        let value = try JSONValue(parsing: entry.value)
        #expect(schema.validate(value).map(\.description) == entry.said)
        #expect(schema.validate(RawJSON(value)).map(\.description) == entry.said)
    }

    @Test("name the keyword and where it stands, through references")
    func locations() throws {
        let schema = try JSONSchema(
            JSONValue(
                parsing:
                    ##"{"$id": "https://example.com/order", "properties": {"a": {"$ref": "#/$defs/x~1y"}, "b": {"items": false}}, "$defs": {"x/y": {"type": "string"}}}"##
            ))
        let violations = schema.validate(["a": 1, "b": [1]])
        #expect(violations.map(\.instancePath) == ["/a", "/b"])
        #expect(violations.map(\.keyword) == ["type", "items"])
        #expect(
            violations.map(\.schemaLocation) == [
                "https://example.com/order#/$defs/x~1y/type", "https://example.com/order#/properties/b/items",
            ])
    }

    @Test("stay short where alternatives nest")
    func nestedAlternatives() throws {
        let schema = try JSONSchema(
            JSONValue(
                parsing:
                    ##"{"anyOf": [{"items": {"$ref": "#"}, "minItems": 1}, {"items": {"$ref": "#"}, "maxItems": 9}, {"items": {"$ref": "#"}}], "type": "array"}"##
            ))
        let value = (0..<6).reduce(1 as JSONValue) { value, _ in [value] }
        let message = try #require(schema.validate(value).first?.message)
        #expect(message.hasPrefix("fits none of the 3 alternatives"))
        #expect(message.utf8.count < 1_000)
    }

    @Test("cut long values short")
    func excerpts() throws {
        let schema = try JSONSchema(["type": "integer"])
        let long = JSONValue.string(String(repeating: "x", count: 100_000))
        #expect(schema.validate(long)[0].message.utf8.count < 150)
        let choice = try JSONSchema(["enum": .array((0..<1_000).map { .string("option \($0)") })])
        let message = try #require(choice.validate(.array(Array(repeating: long, count: 3))).first?.message)
        #expect(message.contains("(1000 in all)") && message.contains("an array of 3 items"))
        #expect(message.utf8.count < 600)
    }
}
