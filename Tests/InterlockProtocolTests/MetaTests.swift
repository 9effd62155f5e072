import InterlockJSON
import InterlockProtocol
import Testing

@Suite("_meta")
struct MetaTests {
    @Test("keys follow the grammar", arguments: [
        ("progressToken", true), ("a", true), ("a.b_c-d", true), ("com.example/name", true), ("com.example/", true),
        ("com.my-app/x1", true), ("", false), ("/a", false), ("-a", false), ("a-", false), ("1com/a", false),
        ("com..x/a", false), ("com-/a", false), ("a b", false), ("com/a/b", false), ("com.1x/a", false),
    ])
    func grammar(key: String, isWellFormed: Bool) {
        #expect(MetaKey.isWellFormed(key) == isWellFormed)
    }

    @Test("reserves prefixes whose second label is the specification's", arguments: [
        ("io.modelcontextprotocol/x", true), ("dev.mcp/x", true), ("org.modelcontextprotocol.api/x", true),
        ("com.example.mcp/x", false), ("mcp/x", false), ("traceparent", false),
    ])
    func reserved(key: String, isReserved: Bool) {
        #expect(MetaKey.isReserved(key) == isReserved)
    }

    @Test("passes on what came from the wire byte for byte until it is changed")
    func passThrough() throws {
        let json = RawJSON(text: #"{ "b":1.0, "a":12345678901234567890 }"#)
        var meta = try Meta(decoding: json)
        #expect(meta.encoded().bytes == json.bytes)
        meta.progressToken = "t"
        #expect(meta.encoded().description == #"{"b":1.0,"a":12345678901234567890,"progressToken":"t"}"#)
        meta["b"] = nil
        meta["a"] = nil
        #expect(meta == ["progressToken": "t"])
    }

    @Test("has typed members that read nil where the shape is wrong")
    func members() throws {
        var meta = Meta()
        meta.protocolVersion = "2026-07-28"
        meta.clientInfo = Implementation(name: "c", version: "1")
        meta.clientCapabilities = ClientCapabilities(roots: .init())
        meta.logLevel = .warning
        meta.subscriptionId = 4
        meta.relatedTask = "t1"
        let read = try Meta(decoding: meta.encoded())
        #expect(read.protocolVersion == "2026-07-28" && read.clientInfo?.name == "c" && read.logLevel == .warning)
        #expect(read.clientCapabilities == ClientCapabilities(roots: .init()))
        #expect(read.subscriptionId == .integer(4) && read.relatedTask == "t1")
        #expect(Meta(["progressToken": 1.5]).progressToken == nil)
    }

    @Test("of a modern request must name the version and the capabilities", arguments: [
        (#"{}"#, "params._meta: required member is missing"),
        (#"{"_meta":{}}"#, #"params._meta["io.modelcontextprotocol/protocolVersion"]: required member is missing"#),
        (
            #"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#,
            #"params._meta["io.modelcontextprotocol/clientCapabilities"]: required member is missing"#
        ),
        (
            #"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"progressToken":[]}}"#,
            "params._meta.progressToken: expected a string or an integer, got an array"
        ),
    ])
    func required(params: String, message: String) throws {
        let params = try RawJSON(parsing: params)
        let error = #expect(throws: ProtocolError.self) { try RequestMeta(params: params) }
        #expect(error == .invalidParams(message))
    }

    @Test("of a request is written as it is read, and the specification's members win")
    func requestMeta() throws {
        var meta = RequestMeta(
            clientCapabilities: ClientCapabilities(elicitation: .init()), clientInfo: Implementation(name: "c", version: "1"),
            logLevel: .info, progressToken: "p")
        meta.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let params = RequestParams(meta: meta.meta(adding: ["x": 1, MetaKey.protocolVersion: "other"])).encoded()
        #expect(try RequestMeta(params: params) == meta)
        #expect(params["_meta"]?["x"]?.int == 1)
    }
}
