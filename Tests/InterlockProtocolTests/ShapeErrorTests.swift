import InterlockJSON
import InterlockProtocol
import Testing

@Suite("A value of the wrong shape")
struct ShapeErrorTests {
    @Test("is -32602 with the member's path, what was expected and what came")
    func messages() {
        expect(#"{"name":12}"#, as: CallToolParams.self, "params.name: expected a string, got 12")
        expect(#"{}"#, as: CallToolParams.self, "params.name: required member is missing")
        expect(#"[]"#, as: CallToolParams.self, "params: expected an object, got an array")
        expect(#"{"name":"a","arguments":[1]}"#, as: CallToolParams.self, "params.arguments: expected an object, got an array")
        expect(#"{"name":"a","_meta":"x"}"#, as: CallToolParams.self, #"params._meta: expected an object, got "x""#)
        expect(
            #"{"name":"a","inputResponses":{"my key":{"action":"maybe"}}}"#, as: CallToolParams.self,
            #"params.inputResponses["my key"].action: expected one of "accept", "decline", "cancel", got "maybe""#)
        expect(
            #"{"messages":[{"role":"user","content":{"type":"text","text":"a"}},{"role":"user","content":{"type":"text"}}],"maxTokens":1}"#,
            as: CreateMessageParams.self, "params.messages[1].content.text: required member is missing")
        expect(#"{"level":"loud"}"#, as: SetLevelParams.self, #"params.level: expected one of "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency", got "loud""#)
        expect(#"{"tools":[{"name":"a","inputSchema":true}],"resultType":"complete"}"#, as: ListToolsResult.self, "result.tools[0].inputSchema: expected an object, got true")
        expect(#"{"requestId":1.5}"#, as: CancelledParams.self, "params.requestId: expected a string or an integer, got 1.5")
    }

    @Test("is shown shortened if it is long")
    func excerpt() throws {
        let long = String(repeating: "é", count: 1_000)
        let error = #expect(throws: ProtocolError.self) {
            try PaginatedParams(decoding: RawJSON(["cursor": .array([.string(long)])]))
        }
        #expect(error?.message == "params.cursor: expected a string, got an array")
        let other = #expect(throws: ProtocolError.self) {
            try SetLevelParams(decoding: RawJSON(["level": .string(long)]))
        }
        #expect((other?.message.count ?? 0) < 250)
    }

    @Test("is not made by members the shape does not know, nor by null for an optional one")
    func tolerance() throws {
        let params = try CallToolParams(decoding: RawJSON(text: #"{"name":"a","arguments":null,"_meta":null,"later":[1]}"#))
        #expect(params == CallToolParams(name: "a"))
        #expect(try PaginatedParams(decoding: RawJSON(text: #"{"cursor":null}"#)).cursor == nil)
        #expect(try PaginatedParams(decoding: RawJSON(text: #"{"cursor":""}"#)).cursor == "")
        #expect(try RequestParams(params: nil) == RequestParams())
    }

    @Test("takes the last of duplicate members")
    func duplicates() throws {
        #expect(try CallToolParams(decoding: RawJSON(text: #"{"name":"a","name":"b"}"#)).name == "b")
        #expect(try PaginatedParams(decoding: RawJSON(text: #"{"cursor":"a","cursor":"b"}"#)).cursor == "b")
    }

    @Test("accepts whole numbers written with a fraction, and keeps the JSON type of ids")
    func numbers() throws {
        #expect(try CreateMessageParams(decoding: RawJSON(text: #"{"messages":[],"maxTokens":100.0}"#)).maxTokens == 100)
        #expect(try CancelledParams(decoding: RawJSON(text: #"{"requestId":"1"}"#)).requestId == .string("1"))
        #expect(try CancelledParams(decoding: RawJSON(text: #"{"requestId":1}"#)).requestId == .integer(1))
        let progress = ProgressParams(progressToken: 7, progress: 50, total: .infinity)
        #expect(progress.encoded().description == #"{"progressToken":7,"progress":50,"total":0}"#)
        #expect(0.1.encoded().description == "0.1" && (-3.0).encoded().description == "-3")
    }

    private func expect<Shape: WireDecodable>(
        _ json: String, as type: Shape.Type, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: ProtocolError.self, sourceLocation: sourceLocation) {
            try Shape(decoding: RawJSON(parsing: json))
        }
        #expect(error == .invalidParams(message), sourceLocation: sourceLocation)
    }
}
