import Testing

@Suite("@ToolOutput and @SchemaEnum write schemas")
struct ToolOutputMacroTests {
    @Test("what is not optional is required, whatever its default, and constants count")
    func output() {
        expectExpansion(
            """
            @ToolOutput
            struct Balance {
                let kind = "balance"
                var cents: UInt32 = 0
                var owner: String?
            }
            """,
            """
            struct Balance {
                let kind = "balance"
                var cents: UInt32 = 0
                var owner: String?
            }

            extension Balance: StructuredOutput {
                static let outputSchema: Interlock.RawJSON? = Interlock.MacroSchema.literal(#"{"type":"object","properties":{"kind":{"type":"string"},"cents":{"type":"integer","minimum":0,"maximum":4294967295},"owner":{"type":"string"}},"required":["kind","cents"]}"#)
            }
            """)
    }

    @Test("an enumeration lists its raw values")
    func enumeration() {
        expectExpansion(
            """
            /// How soon.
            @SchemaEnum
            package enum Urgency: String {
                case low, high
                case now = "right now"
            }
            """,
            """
            /// How soon.
            package enum Urgency: String {
                case low, high
                case now = "right now"
            }

            extension Urgency: SchemaRepresentable, Codable {
                package static let jsonSchema: Interlock.RawJSON = Interlock.MacroSchema.literal(#"{"type":"string","enum":["low","high","right now"],"description":"How soon."}"#)
            }
            """)
    }
}
