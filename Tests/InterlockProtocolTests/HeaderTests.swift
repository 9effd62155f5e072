import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Routing headers")
struct HeaderTests {
    @Test("values are sent as they are where that is safe, else in base64", arguments: [
        ("us-west1", "us-west1"), ("a b\tc", "a b\tc"), ("", ""), (" a", "=?base64?IGE=?="), ("a\t", "=?base64?YQk=?="),
        ("Zürich", "=?base64?WsO8cmljaA==?="), ("a\nb", "=?base64?YQpi?="), ("\u{7F}", "=?base64?fw==?="),
        ("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="), ("=?BASE64?YQ==?=", "=?BASE64?YQ==?="),
        ("=?base64?", "=?base64?"),
    ])
    func values(text: String, value: String) throws {
        #expect(HeaderValue.encode(text) == value)
        #expect(try HeaderValue.decode(value) == text)
        #expect(try HeaderValue.decode("  \(value)\t") == text)
    }

    @Test("values that are not what they claim are refused", arguments: [
        "=?base64?YQ?=", "=?base64?Y Q=?=", "=?base64?YQ=a?=", "=?base64?YR==?=", "=?base64?/w==?=", "a\u{1}", "é",
    ])
    func malformed(value: String) {
        #expect(throws: HeaderValue.Malformed.self) { try HeaderValue.decode(value) }
    }

    @Test("base64 survives every length")
    func base64() {
        for count in 0...64 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            let text = Base64.encode(bytes)
            #expect(text.utf8.count % 4 == 0)
            #expect(Base64.decode(text) == bytes)
        }
        for bad in ["A", "AA", "AAA", "AA=A", "====", "A===", "AA==AA==", "AB==", "A-B_"] { #expect(Base64.decode(bad) == nil, "\(bad)") }
    }

    @Test("of a modern request must say what the body says")
    func verify() throws {
        let params = RawJSON(text: #"{"name":"Zürich"}"#)
        func check(_ fields: [String: String]) -> String? {
            do throws(ProtocolError) {
                try RoutingHeaders.verify(
                    method: "tools/call", params: params, protocolVersion: "2026-07-28",
                    field: { name in fields.first { $0.key.lowercased() == name.lowercased() }?.value })
                return nil
            } catch {
                #expect(error.code == .headerMismatch)
                return error.message
            }
        }
        let good = [
            "mcp-protocol-version": "2026-07-28", "MCP-METHOD": " tools/call ", "Mcp-Name": HeaderValue.encode("Zürich"),
        ]
        #expect(check(good) == nil)
        #expect(check(good.merging(["Mcp-Name": "Bern"]) { $1 }) == "Header mismatch: Mcp-Name header value 'Bern' does not match body value 'Zürich'")
        #expect(check(good.merging(["MCP-METHOD": "Tools/Call"]) { $1 })?.contains("Mcp-Method") == true)
        #expect(check(good.merging(["mcp-protocol-version": "2025-11-25"]) { $1 })?.contains("MCP-Protocol-Version") == true)
        for name in good.keys { #expect(check(good.filter { $0.key != name })?.hasSuffix("is missing") == true) }
        #expect(check(good.merging(["Mcp-Name": "=?base64?!?="]) { $1 })?.contains("malformed") == true)
        #expect(RoutingHeaders.name(method: "resources/read", params: RawJSON(text: #"{"uri":"a:b"}"#)) == "a:b")
        #expect(RoutingHeaders.name(method: "tools/list", params: RawJSON(text: #"{"name":"a"}"#)) == nil)
    }

    static let schema = RawJSON(text: #"""
        {"type":"object","properties":{
          "region":{"type":"string","x-mcp-header":"Region"},
          "dry":{"type":"boolean","x-mcp-header":"Dry-Run"},
          "options":{"type":"object","properties":{"limit":{"type":"integer","x-mcp-header":"Limit"}}},
          "x-mcp-header":{"type":"string","default":{"x-mcp-header":"no"}}}}
        """#)

    @Test("mirror the arguments that are annotated, wherever they lie")
    func fields() throws {
        let parameters = try HeaderParameters(schema: Self.schema)
        #expect(parameters.parameters.map(\.field) == ["Mcp-Param-Region", "Mcp-Param-Dry-Run", "Mcp-Param-Limit"])
        #expect(parameters.parameters[2].path == ["options", "limit"])
        let fields = try parameters.fields(for: RawJSON(text: #"{"region":"Zürich","dry":false,"options":{"limit":42.0}}"#))
        #expect(fields.map(\.value) == ["=?base64?WsO8cmljaA==?=", "false", "42"])
        #expect(try parameters.fields(for: RawJSON(text: #"{"region":null}"#)).isEmpty)
        #expect(try parameters.fields(for: nil).isEmpty)
        for bad in [#"{"options":{"limit":9007199254740992}}"#, #"{"options":{"limit":1.5}}"#, #"{"region":1}"#, #"{"options":{"limit":-9223372036854775808}}"#] {
            #expect(throws: ProtocolError.self) { try parameters.fields(for: RawJSON(parsing: bad)) }
        }
        #expect(try HeaderParameters(schema: RawJSON(text: #"{"type":"object"}"#)).isEmpty)
    }

    @Test("are compared with the arguments, integers by value", arguments: [
        (#"{"options":{"limit":42}}"#, ["Mcp-Param-Limit": "42.0"], true),
        (#"{"options":{"limit":42.0}}"#, ["Mcp-Param-Limit": "42"], true),
        (#"{"options":{"limit":42}}"#, ["Mcp-Param-Limit": "43"], false),
        (#"{"options":{"limit":42}}"#, ["Mcp-Param-Limit": "x"], false), (#"{"options":{"limit":42}}"#, [:], false),
        (#"{"region":"a"}"#, ["Mcp-Param-Region": "a"], true), (#"{"region":"a"}"#, ["Mcp-Param-Region": "A"], false),
        (#"{"region":"é"}"#, ["Mcp-Param-Region": "=?base64?w6k=?="], true),
        (#"{"region":"é"}"#, ["Mcp-Param-Region": "=?base64?w6k?="], false),
        (#"{"region":null}"#, [:], true), (#"{}"#, [:], true), (#"{}"#, ["Mcp-Param-Region": "a"], false),
        (#"{"dry":true}"#, ["Mcp-Param-Dry-Run": "true"], true), (#"{"dry":true}"#, ["Mcp-Param-Dry-Run": "True"], false),
    ] as [(String, [String: String], Bool)])
    func verifyParameters(arguments: String, fields: [String: String], agrees: Bool) throws {
        let parameters = try HeaderParameters(schema: Self.schema)
        let arguments = try RawJSON(parsing: arguments)
        do throws(ProtocolError) {
            try parameters.verify(arguments: arguments) { fields[$0] }
            #expect(agrees)
        } catch {
            #expect(!agrees && error.code == .headerMismatch)
        }
    }

    @Test("are refused in a schema that breaks the rules", arguments: [
        #"{"properties":{"a":{"type":"number","x-mcp-header":"A"}}}"#,
        #"{"properties":{"a":{"type":["string","null"],"x-mcp-header":"A"}}}"#,
        #"{"properties":{"a":{"type":"object","x-mcp-header":"A"}}}"#,
        #"{"properties":{"a":{"x-mcp-header":"A"}}}"#, #"{"properties":{"a":{"type":"string","x-mcp-header":""}}}"#,
        #"{"properties":{"a":{"type":"string","x-mcp-header":"a b"}}}"#,
        #"{"properties":{"a":{"type":"string","x-mcp-header":"é"}}}"#,
        #"{"properties":{"a":{"type":"string","x-mcp-header":1}}}"#,
        #"{"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}}"#,
        #"{"type":"string","x-mcp-header":"A"}"#,
        #"{"properties":{"a":{"items":{"type":"string","x-mcp-header":"A"}}}}"#,
        #"{"properties":{"a":{"items":{"properties":{"b":{"type":"string","x-mcp-header":"A"}}}}}}"#,
        #"{"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]}"#,
        #"{"if":{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}}"#,
        ##"{"$defs":{"a":{"type":"string","x-mcp-header":"A"}},"properties":{"b":{"$ref":"#/$defs/a"}}}"##,
        #"{"additionalProperties":{"type":"string","x-mcp-header":"A"}}"#,
    ])
    func invalid(schema: String) {
        #expect(throws: HeaderParameters.InvalidSchema.self) { try HeaderParameters(schema: RawJSON(parsing: schema)) }
    }
}
