import ConformanceFixture
import Interlock
import InterlockTesting
import Testing

/// The fixture through the server, without HTTP; `check.py` drives it over HTTP with nothing of this project.
@Suite("the conformance fixture")
struct ConformanceFixtureTests {
    static let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}"#

    @Test("every tool has a name of its own and a usable schema")
    func registers() throws {
        let names = ConformanceFixture.features.count
        #expect(names > 40)
        _ = try ConformanceFixture.server()
    }

    @Test("a tool that asks the user is called again with the answer", .timeLimit(.minutes(1)))
    func inputRequired() async throws {
        let client = try WireClient(ConformanceFixture.server())
        let tool = #""name":"test_input_required_result_elicitation""#
        let first = try await client.request(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{\#(tool),\#(Self.meta)}}"#)
        #expect(first["result"]?["resultType"] == "input_required")
        let state = try #require(first["result"]?["requestState"])
        let second = try await client.request(
            #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{\#(tool),"requestState":\#(state),"inputResponses":{"user_name":{"action":"accept","content":{"name":"Ada"}}},\#(Self.meta)}}"#)
        #expect(second["result"]?["content"]?[0]?["text"] == "Hello, Ada!")
    }
}
