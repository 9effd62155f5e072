import InterlockJSON
import Testing

@Suite("JSONSchema: the protocol's own schemas")
struct ProtocolSchemaTests {
    static let schemas = SchemaReferenceData.files("mcp-schema").filter { $0.hasSuffix("/schema.json") }
    static let examples = SchemaReferenceData.files("mcp-schema/2026-07-28/examples")

    @Test("the schema of every revision compiles and is valid by its meta-schema", arguments: schemas)
    func compiles(_ file: String) throws {
        let document = try SchemaReferenceData.read("mcp-schema", file)
        let schema = try JSONSchema(document)
        let dialect = try #require(document["$schema"]?.string)
        #expect(try JSONSchema(["$ref": .string(dialect)]).validate(document).isEmpty)
        let container = document["$defs"] == nil ? "definitions" : "$defs"
        let definitions = try #require(document[container]?.object)
        for name in definitions.keys { #expect(schema.subschema(at: "/\(container)/\(name)") != nil, "\(name)") }
    }

    @Test("every sample of a message is valid by its definition, and a mere string is not", .enabled(if: !examples.isEmpty))
    func samples() throws {
        let schema = try JSONSchema(SchemaReferenceData.read("mcp-schema", "2026-07-28/schema.json"))
        var count = 0
        for file in Self.examples {
            let type = String(file.prefix { $0 != "/" })
            let definition = try #require(schema.subschema(at: "/$defs/\(type)"), "\(type)")
            let sample = try SchemaReferenceData.read("mcp-schema/2026-07-28/examples", file)
            let violations = definition.validate(sample)
            #expect(violations.isEmpty, "\(file): \(violations)")
            #expect(definition.isValid(RawJSON(sample)), "\(file)")
            #expect(!definition.isValid("no message is a string"), "\(file)")
            count += 1
        }
        print("samples of 2026-07-28: \(count)")
        #expect(count >= 129)
    }
}
