import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Messages")
struct JSONRPCTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("responses carry the id with its JSON type")
    func responses() {
        let context = EncodingContext(revision: .latestLegacy)
        #expect(
            text(JSONRPC.response(id: "1", result: CallToolResult.text("a\nb"), context: context))
                == #"{"jsonrpc":"2.0","id":"1","result":{"content":[{"type":"text","text":"a\nb"}]}}"#)
        #expect(
            text(JSONRPC.response(id: 1, result: EmptyResult(), context: EncodingContext()))
                == #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete"}}"#)
        #expect(text(JSONRPC.response(id: 2, result: RawJSON(text: #"{"a":1.0}"#))) == #"{"jsonrpc":"2.0","id":2,"result":{"a":1.0}}"#)
        #expect(
            text(JSONRPC.response(id: 3, answer: ElicitResult.decline, context: context))
                == #"{"jsonrpc":"2.0","id":3,"result":{"action":"decline"}}"#)
    }

    @Test("an error without a readable id has none in modern revisions and null in legacy ones")
    func errors() {
        let error = ProtocolError.parseError("no JSON")
        #expect(text(JSONRPC.error(id: nil, error)) == #"{"jsonrpc":"2.0","error":{"code":-32700,"message":"no JSON"}}"#)
        #expect(
            text(JSONRPC.error(id: nil, error, revision: .latestLegacy))
                == #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON"}}"#)
        #expect(
            text(JSONRPC.error(id: 7, .unsupportedProtocolVersion(requested: "x", supported: [.latest])))
                == #"{"jsonrpc":"2.0","id":7,"error":{"code":-32022,"message":"Unsupported protocol version: x","data":{"supported":["2026-07-28"],"requested":"x"}}}"#)
    }

    @Test("requests and notifications leave params out where there are none")
    func requests() {
        #expect(text(JSONRPC.request(id: 1, method: Method.ping)) == #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
        #expect(text(JSONRPC.notification(Method.initialized)) == #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        #expect(
            text(JSONRPC.notification(Method.progress, params: ProgressParams(progressToken: 1, progress: 0.5, message: "m"), context: EncodingContext(revision: .v2024_11_05)))
                == #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":0.5}}"#)
        #expect(
            text(JSONRPC.request(id: "a", method: Method.toolsCall, params: CallToolParams(name: "t"), context: EncodingContext()))
                == #"{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"t"}}"#)
        #expect(text(JSONRPC.batch([[0x31], [0x32]])) == "[1,2]" && text(JSONRPC.batch([])) == "[]")
    }

    @Test("errors are told by code, whatever the revision")
    func errorReading() throws {
        #expect(ProtocolError.resourceNotFound(uri: "a:b", revision: .latest).code == .invalidParams)
        #expect(ProtocolError.resourceNotFound(uri: "a:b", revision: .latestLegacy).code.rawValue == -32002)
        for revision in ProtocolRevision.allCases {
            #expect(ProtocolError.resourceNotFound(uri: "a:b", revision: revision).isResourceNotFound)
        }
        #expect(!ProtocolError.unknownTool("x").isResourceNotFound)
        let error = try ProtocolError(decoding: RawJSON(text: #"{"code":-32022,"message":"m","data":{"supported":["2099-01-01","2025-11-25"],"requested":"x"}}"#))
        #expect(error.supportedVersions == [.v2025_11_25])
        #expect(try ProtocolError(decoding: RawJSON(text: #"{"code":5,"message":"m","data":null}"#)).data == .null)
    }

    @Test("the end of a subscription names it in its metadata")
    func subscription() throws {
        let context = EncodingContext(serverInfo: RawJSON(text: #"{"name":"s","version":"1"}"#))
        let result = SubscriptionsListenResult(subscriptionId: "l1").encoded(for: context)
        #expect(result["_meta"]?.members?.map(\.key) == [MetaKey.subscriptionId, MetaKey.serverInfo])
        #expect(try SubscriptionsListenResult(decoding: result).subscriptionId == .string("l1"))
        let opening = SubscriptionsListenParams.acknowledged(SubscriptionFilter(toolsListChanged: true), subscriptionId: 3)
        #expect(
            opening.encoded().description
                == #"{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/subscriptionId":3}}"#)
    }
}
