import Interlock
import Testing

@Suite("schemas the macros write")
struct MacroSchemaTests {
    @Test("an input with nested types is one valid schema")
    func order() throws {
        let address: JSONValue = [
            "type": "object", "description": "A place.",
            "properties": [
                "street": ["type": "string", "description": "Street and number"],
                "country": ["type": "string", "pattern": "^[A-Z]{2}$", "default": "DE"],
            ],
            "required": ["street"], "additionalProperties": false,
        ]
        var described = try #require(address.object)
        described["description"] = "Where to"
        let expected: JSONValue = [
            "type": "object", "description": "What is to be sent where.",
            "properties": [
                "to": .object(described),
                "stops": ["type": "array", "items": address],
                "urgency": ["type": "string", "enum": ["low", "high", "right now"], "description": "How soon.", "default": "low"],
                "size": ["type": "string", "enum": ["small", "large"]],
                "wrapping": ["type": "string", "enum": ["paper", "big box"], "default": "paper"],
                "pieces": ["type": "integer", "minimum": 1, "maximum": 10, "x-mcp-header": "Pieces"],
                "tags": ["type": "array", "items": ["type": "string"], "maxItems": 3, "default": ["new"]],
                "weights": ["type": "object", "additionalProperties": ["type": "number"], "default": [:]],
                "from": ["type": "integer"], "until": ["type": "integer"],
                "contact": ["type": "string", "format": "email"],
            ],
            "required": ["to", "pieces"], "additionalProperties": false,
        ]
        #expect(Order.inputSchema.value() == expected)
        let schema = try JSONSchema(Order.inputSchema.value())
        #expect(schema.validate(["to": ["street": "Main 1"], "pieces": 1]).isEmpty)
        #expect(!schema.validate(["to": ["street": "Main 1"], "pieces": 11]).isEmpty)
        #expect(!schema.validate(["to": ["street": "Main 1", "country": "Germany"], "pieces": 1]).isEmpty)
        #expect(!schema.validate(["to": ["street": "Main 1"], "pieces": 1, "colour": "red"]).isEmpty)
    }

    @Test("an output requires what it always writes, and does not forbid more")
    func receipt() throws {
        let schema = try #require(Receipt.outputSchema)
        #expect(schema["required"]?.value() == ["to", "urgency", "price"])
        #expect(schema["additionalProperties"] == nil)
        #expect(schema["properties"]?["to"]?["required"]?.value() == ["street", "country"])
        let receipt = Receipt(to: Address(street: "Main 1"), urgency: .now, price: 5)
        #expect(try JSONSchema(schema.value()).validate(RawJSON(encoding: receipt)).isEmpty)
    }

    @Test("decoding keeps defaults for what is absent or null, and reads what is there")
    func decoding() throws {
        let small = try Order(arguments: RawJSON(parsing: #"{"to":{"street":"Main 1"},"pieces":2,"urgency":null}"#))
        #expect(small.to == Address(street: "Main 1", country: "DE"))
        #expect(small.urgency == .low && small.wrapping == .paper && small.tags == ["new"] && small.weights == [:] && small.stops == nil)
        let full = try Order(
            arguments: RawJSON(
                parsing: #"""
                    {"to":{"street":"A","country":"FR"},"stops":[{"street":"B"}],"urgency":"right now","size":"large","wrapping":"big box",
                     "pieces":1,"tags":[],"weights":{"a":1.5},"from":1,"until":2}
                    """#))
        #expect(full.to.country == "FR" && full.stops == [Address(street: "B")] && full.urgency == .now && full.size == .large)
        #expect(full.wrapping == .box && full.tags.isEmpty && full.weights == ["a": 1.5] && full.from == 1 && full.until == 2)
    }

    @Test("names follow CodingKeys")
    func renamed() throws {
        #expect(Renamed.inputSchema["properties"]?.value().object?.keys == ["q", "in"])
        let renamed = try Renamed(arguments: RawJSON(parsing: #"{"q":"x","in":"de"}"#))
        #expect(renamed.text == "x" && renamed.in == "de" && !renamed.cached)
    }
}
