import Testing

@Suite("@ToolInput writes schema and decoder")
struct ToolInputMacroTests {
    @Test("a struct with comments, constraints and a default")
    func whole() {
        expectExpansion(
            """
            /// Where the money goes.
            @ToolInput
            public struct Transfer {
                /// Account to take from,
                /// by its number.
                @Length(1...34) @Header("From") var from: String
                @Range(1...1_000_000) var cents: Int
                var reason = "transfer"
                var note: String?
            }
            """,
            """
            /// Where the money goes.
            public struct Transfer {
                /// Account to take from,
                /// by its number.
                var from: String
                var cents: Int
                var reason = "transfer"
                var note: String?
            }

            extension Transfer: ToolInput, Decodable {
                public static let inputSchema: Interlock.RawJSON = Interlock.MacroSchema.literal(#"{"type":"object","description":"Where the money goes.","properties":{"from":{"type":"string","description":"Account to take from, by its number.","minLength":1,"maxLength":34,"x-mcp-header":"From"},"cents":{"type":"integer","minimum":1,"maximum":1000000},"reason":{"type":"string","default":"transfer"},"note":{"type":"string"}},"required":["from","cents"],"additionalProperties":false}"#)
                public init(from decoder: any Swift.Decoder) throws {
                    let container = try decoder.container(keyedBy: Interlock.PropertyKey.self)
                    self.from = try container.decode(String.self, forKey: "from")
                    self.cents = try container.decode(Int.self, forKey: "cents")
                    if let value = try container.decodeIfPresent(String.self, forKey: "reason") {
                        self.reason = value
                    }
                    self.note = try container.decodeIfPresent(String.self, forKey: "note")
                }
            }
            """)
    }

    @Test("types known only by name are joined at run time, with the property's own keywords")
    func named() {
        expectExpansion(
            """
            @ToolInput
            struct Order {
                /// Where to
                var to: Address
                var stops: [Address]?
                var urgency: Urgency = .low
            }
            """,
            """
            struct Order {
                /// Where to
                var to: Address
                var stops: [Address]?
                var urgency: Urgency = .low
            }

            extension Order: ToolInput, Decodable {
                static let inputSchema: Interlock.RawJSON = Interlock.MacroSchema.joined([#"{"type":"object","properties":{"to":"#, Interlock.MacroSchema.input(Address.self, adding: #"{"description":"Where to"}"#), #","stops":{"type":"array","items":"#, Interlock.MacroSchema.input(Address.self), #"},"urgency":"#, Interlock.MacroSchema.input(Urgency.self, default: .low), #"},"required":["to"],"additionalProperties":false}"#])
                init(from decoder: any Swift.Decoder) throws {
                    let container = try decoder.container(keyedBy: Interlock.PropertyKey.self)
                    self.to = try container.decode(Address.self, forKey: "to")
                    self.stops = try container.decodeIfPresent([Address].self, forKey: "stops")
                    if let value = try container.decodeIfPresent(Urgency.self, forKey: "urgency") {
                        self.urgency = value
                    }
                }
            }
            """)
    }

    @Test("CodingKeys name the members, and leave out what they do not name")
    func codingKeys() {
        expectExpansion(
            """
            @ToolInput
            struct Query {
                var text: String
                var cached = false
                enum CodingKeys: String, CodingKey {
                    case text = "q"
                }
            }
            """,
            """
            struct Query {
                var text: String
                var cached = false
                enum CodingKeys: String, CodingKey {
                    case text = "q"
                }
            }

            extension Query: ToolInput, Decodable {
                static let inputSchema: Interlock.RawJSON = Interlock.MacroSchema.literal(#"{"type":"object","properties":{"q":{"type":"string"}},"required":["q"],"additionalProperties":false}"#)
                init(from decoder: any Swift.Decoder) throws {
                    let container = try decoder.container(keyedBy: Interlock.PropertyKey.self)
                    self.text = try container.decode(String.self, forKey: "q")
                }
            }
            """)
    }

    @Test("an empty struct, computed and static properties, and a decoder of the struct's own")
    func ownDecoder() {
        expectExpansion(
            """
            @ToolInput
            struct Nothing {
                static let limit = 3
                var twice: Int { 2 }
                init(from decoder: any Decoder) throws {}
            }
            """,
            """
            struct Nothing {
                static let limit = 3
                var twice: Int { 2 }
                init(from decoder: any Decoder) throws {}
            }

            extension Nothing: ToolInput, Decodable {
                static let inputSchema: Interlock.RawJSON = Interlock.MacroSchema.literal(#"{"type":"object","properties":{},"additionalProperties":false}"#)
            }
            """)
    }
}
