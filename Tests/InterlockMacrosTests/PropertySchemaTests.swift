import Testing

/// One property and the schema it gets.
struct PropertyCase: Sendable, CustomTestStringConvertible {
    var declaration: String
    var schema: String
    var isRequired: Bool
    var decoding: String

    init(_ declaration: String, _ schema: String, required: Bool = true, decoding: String) {
        self.declaration = declaration
        self.schema = schema
        self.isRequired = required
        self.decoding = decoding
    }

    var testDescription: String { declaration }
}

@Suite("a property's type, default and constraints decide its schema")
struct PropertySchemaTests {
    static let cases = [
        PropertyCase("var x: String", #"{"type":"string"}"#, decoding: "decode(String.self"),
        PropertyCase("var x: Bool", #"{"type":"boolean"}"#, decoding: "decode(Bool.self"),
        PropertyCase("var x: Double", #"{"type":"number"}"#, decoding: "decode(Double.self"),
        PropertyCase("let x: Int64", #"{"type":"integer"}"#, decoding: "decode(Int64.self"),
        PropertyCase("var x: UInt8", #"{"type":"integer","minimum":0,"maximum":255}"#, decoding: "decode(UInt8.self"),
        PropertyCase("@Range(1...9) var x: UInt8", #"{"type":"integer","minimum":1,"maximum":9}"#, decoding: "decode(UInt8.self"),
        PropertyCase("@Range(..<9) var x: UInt8", #"{"type":"integer","minimum":0,"exclusiveMaximum":9}"#, decoding: "decode(UInt8.self"),
        PropertyCase("@Range(0.5...) var x: Double", #"{"type":"number","minimum":0.5}"#, decoding: "decode(Double.self"),
        PropertyCase("@Range(-5...0x10) var x: Int", #"{"type":"integer","minimum":-5,"maximum":16}"#, decoding: "decode(Int.self"),
        PropertyCase("@Range((-5)...) var x: Int", #"{"type":"integer","minimum":-5}"#, decoding: "decode(Int.self"),
        PropertyCase("var x: Foundation.URL", #"{"type":"string","format":"uri"}"#, decoding: "decode(Foundation.URL.self"),
        PropertyCase(#"@Format("email") var x: String"#, #"{"type":"string","format":"email"}"#, decoding: "decode(String.self"),
        PropertyCase(##"@Pattern(#"^\d+$"#) var x: String"##, #"{"type":"string","pattern":"^\\d+$"}"#, decoding: "decode(String.self"),
        PropertyCase("@Length(...64) var x: String", #"{"type":"string","maxLength":64}"#, decoding: "decode(String.self"),
        PropertyCase("@Length(1..<64) var x: String?", #"{"type":"string","minLength":1,"maxLength":63}"#, required: false, decoding: "decodeIfPresent(String.self"),
        PropertyCase("@Items(1...3) var x: [Int]", #"{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}"#, decoding: "decode([Int].self"),
        PropertyCase("var x: Set<String>", #"{"type":"array","items":{"type":"string"},"uniqueItems":true}"#, decoding: "decode(Set<String>.self"),
        PropertyCase("var x: [String: [Bool]]", #"{"type":"object","additionalProperties":{"type":"array","items":{"type":"boolean"}}}"#, decoding: "decode([String: [Bool]].self"),
        PropertyCase("var x: [Int?]", #"{"type":"array","items":{"anyOf":[{"type":"integer"},{"type":"null"}]}}"#, decoding: "decode([Int?].self"),
        PropertyCase("var x: Optional<Int>", #"{"type":"integer"}"#, required: false, decoding: "decodeIfPresent(Int.self"),
        PropertyCase("var x: JSONValue", "{}", decoding: "decode(JSONValue.self"),
        PropertyCase("/// A \"quoted\" \\ text\n    var x: String", #"{"type":"string","description":"A \"quoted\" \\ text"}"#, decoding: "decode(String.self"),
    ]

    @Test("without a default", arguments: cases)
    func schema(_ property: PropertyCase) {
        let bare = property.declaration.replacing(#/@\w+\((?:[^()]|\([^()]*\))*\) /#, with: "")
        let required = property.isRequired ? #","required":["x"]"# : ""
        expectExpansion(
            "@ToolInput\nstruct S {\n    \(property.declaration)\n}",
            """
            struct S {
                \(bare)
            }

            extension S: ToolInput, Decodable {
                static let inputSchema: Interlock.RawJSON = Interlock.MacroSchema.literal(#"{"type":"object","properties":{"x":\(property.schema)}\(required),"additionalProperties":false}"#)
                init(from decoder: any Swift.Decoder) throws {
                    let container = try decoder.container(keyedBy: Interlock.PropertyKey.self)
                    self.x = try container.\(property.decoding), forKey: "x")
                }
            }
            """)
    }

    @Test("a default that is a literal is shown", arguments: [
        ("var x: Int = 1_000", "integer", "1000", "Int"), ("var x: Double = -0.5", "number", "-0.5", "Double"), ("var x = 2.0", "number", "2", "Double"),
        ("var x = true", "boolean", "true", "Bool"), (#"var x = "a\"b""#, "string", #""a\"b""#, "String"), ("var x: Int? = 3", "integer", "3", "Int"),
    ])
    func defaults(_ declaration: String, _ type: String, _ json: String, _ swift: String) {
        expectExpansion(
            "@ToolInput\nstruct S {\n    \(declaration)\n}",
            """
            struct S {
                \(declaration)
            }

            extension S: ToolInput, Decodable {
                static let inputSchema: Interlock.RawJSON = Interlock.MacroSchema.literal(#"{"type":"object","properties":{"x":{"type":"\(type)","default":\(json)}},"additionalProperties":false}"#)
                init(from decoder: any Swift.Decoder) throws {
                    let container = try decoder.container(keyedBy: Interlock.PropertyKey.self)
                    if let value = try container.decodeIfPresent(\(swift).self, forKey: "x") {
                        self.x = value
                    }
                }
            }
            """)
    }
}
