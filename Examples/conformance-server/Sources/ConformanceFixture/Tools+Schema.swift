import Interlock

/// An argument that HTTP clients repeat in a header field.
@ToolInput
struct RegionQuery {
    /// The region to run the query in
    @Header("Region") var region: String
    /// The query
    var query: String = ""
}

extension ConformanceFixture {
    /// Tools whose schema matters.
    @FeatureBuilder
    static var schemaTools: [any Feature] {
        Tool("json_schema_2020_12_tool", "Tool with JSON Schema 2020-12 features", inputSchema: contactSchema) { arguments, _ in
            "JSON Schema 2020-12 tool called with: \(arguments)"
        }
        Tool("test_x_mcp_header", "Takes an argument that is repeated in the header field Mcp-Param-Region") { (input: RegionQuery, _) in
            "region=\(input.region), query=\(input.query)"
        }
    }

    private static let contactSchema = RawJSON([
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": [
            "address": [
                "$anchor": "addressDef", "type": "object", "properties": ["street": ["type": "string"], "city": ["type": "string"]],
            ]
        ],
        "properties": [
            "name": ["type": "string"],
            "address": ["$ref": "#/$defs/address"],
            "contactMethod": ["type": "string", "enum": ["phone", "email"]],
            "phone": ["type": "string"],
            "email": ["type": "string"],
        ],
        "allOf": [["anyOf": [["required": ["phone"]], ["required": ["email"]]]]],
        "if": ["properties": ["contactMethod": ["const": "phone"]], "required": ["contactMethod"]],
        "then": ["required": ["phone"]],
        "else": ["required": ["email"]],
        "additionalProperties": false,
    ])
}
