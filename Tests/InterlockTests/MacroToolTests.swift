import Interlock
import InterlockTesting
import Testing

@Suite("macro tools served to a client")
struct MacroToolTests {
    static func server() throws -> Server {
        try Server(name: "shop", version: "1") {
            Tool("order", "Orders something") { (order: Order, _) in
                Receipt(to: order.to, urgency: order.urgency, price: order.pieces * 100)
            }
        }
    }

    static func call(_ arguments: String, id: Int = 1) throws -> String {
        """
        {"jsonrpc":"2.0","id":\(id),"method":"tools/call","params":{"name":"order","arguments":\(arguments),
         "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}
        """.replacing("\n", with: "")
    }

    @Test("the list shows both schemas", .timeLimit(.minutes(5)))
    func list() async throws {
        let client = try WireClient(Self.server())
        let response = try await client.request(
            #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#)
        let tool = try #require(response["result"]?["tools"]?[0])
        #expect(tool["inputSchema"] == Order.inputSchema.value())
        #expect(tool["outputSchema"] == Receipt.outputSchema?.value())
    }

    @Test("arguments arrive with their defaults, output is structured and fits its schema", .timeLimit(.minutes(5)))
    func call() async throws {
        let client = try WireClient(Self.server())
        let result = try #require(try await client.request(Self.call(#"{"to":{"street":"Main 1"},"pieces":3}"#))["result"])
        let expected: JSONValue = ["to": ["street": "Main 1", "country": "DE"], "urgency": "low", "price": 300]
        #expect(result["structuredContent"] == expected)
        let text = try #require(result["content"]?[0]?["text"]?.string)
        #expect(try JSONValue(parsing: text) == expected)
    }

    @Test("what does not fit is a tool error that names the argument", .timeLimit(.minutes(5)), arguments: [
        (#"{"to":{"street":"Main 1"},"pieces":11}"#, "/pieces"), (#"{"to":{"street":"Main 1"}}"#, "pieces"),
        (#"{"to":{"street":"Main 1"},"pieces":1,"urgency":"soon"}"#, "/urgency"), (#"{"to":{},"pieces":1}"#, "/to"),
        (#"{"to":{"street":"Main 1"},"pieces":1,"peices":2}"#, "peices"),
    ])
    func refused(_ arguments: String, _ place: String) async throws {
        let client = try WireClient(Self.server())
        let result = try #require(try await client.request(Self.call(arguments))["result"])
        #expect(result["isError"] == true)
        let text = try #require(result["content"]?[0]?["text"]?.string)
        #expect(text.contains("'order'") && text.contains(place))
    }
}
