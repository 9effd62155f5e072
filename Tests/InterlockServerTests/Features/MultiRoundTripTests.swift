import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("Multi-round-trip requests")
struct MultiRoundTripTests {
    let clock = ManualClock()

    private func server() throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        return try Server(configuration: configuration) {
            Tool("rounds", inputSchema: RawJSON(["type": "object"] as JSONValue)) { (_: RawJSON, context) in
                let first = try await context.listRoots(key: "first")
                let second = try await context.listRoots(key: "second")
                return "\(first.roots.count) and \(second.roots.count)"
            }
        }
    }

    private func roots(_ count: Int) -> String {
        let items = (0..<count).map { #"{"uri":"file:///\#($0)"}"# }.joined(separator: ",")
        return #"{"roots":[\#(items)]}"#
    }

    private func retry(_ state: String, _ responses: String, arguments: String = "{}", id: Int) -> String {
        Messages.call("rounds", arguments, id: "\(id)", modern: true, extra: #","requestState":"\#(state)","inputResponses":\#(responses)"#)
    }

    private func state(_ answer: JSONValue) throws -> String {
        #expect(answer["result"]?["resultType"]?.string == "input_required", "\(answer)")
        return try #require(answer["result"]?["requestState"]?.string)
    }

    @Test("answers of earlier rounds travel sealed, and the handler runs on with all of them", .timeLimit(.minutes(5)))
    func rounds() async throws {
        let client = try WireClient(try server())
        let first = try await client.request(Messages.call("rounds", modern: true))
        #expect(first["result"]?["inputRequests"]?["first"]?["method"]?.string == "roots/list")
        #expect(first["result"]?["ttlMs"] == nil)
        let second = try await client.request(retry(try state(first), #"{"first":\#(roots(3))}"#, id: 2))
        #expect(second["result"]?["inputRequests"]?.object?.keys.first == "second")
        #expect(try state(second) != (try state(first)))
        let done = try await client.request(retry(try state(second), #"{"second":\#(roots(1)),"unknown":{}}"#, id: 3))
        #expect(done.text == "3 and 1")
    }

    @Test("an answer of the wrong kind is asked for again", .timeLimit(.minutes(5)))
    func wrongKind() async throws {
        let client = try WireClient(try server())
        let first = try await client.request(Messages.call("rounds", modern: true))
        let again = try await client.request(retry(try state(first), #"{"first":{"action":"decline"}}"#, id: 2))
        #expect(again["result"]?["inputRequests"]?["first"] != nil)
    }

    @Test("a state that was changed, expired, used, or made for another call is refused", .timeLimit(.minutes(5)))
    func refusals() async throws {
        let server = try server()
        let client = try WireClient(server)
        func fresh() async throws -> String { try state(try await client.request(Messages.call("rounds", id: "1", modern: true))) }
        let answers = #"{"first":\#(roots(0))}"#

        var tampered = Array(try await fresh().utf8)
        tampered[tampered.count / 2] = tampered[tampered.count / 2] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        #expect(try await client.request(retry(String(decoding: tampered, as: UTF8.self), answers, id: 2)).errorCode == -32602)
        #expect(try await client.request(retry("not base64!", answers, id: 3)).errorCode == -32602)

        let used = try await fresh()
        _ = try state(try await client.request(retry(used, answers, id: 4)))
        let replayed = try await client.request(retry(used, answers, id: 5))
        #expect(replayed.errorCode == -32602 && replayed.errorMessage?.contains("used before") == true)

        #expect(try await client.request(retry(try await fresh(), answers, arguments: #"{"other":true}"#, id: 6)).errorCode == -32602)

        let stranger = try WireClient(server, principal: Principal(subject: "mallory"))
        #expect(try await stranger.request(retry(try await fresh(), answers, id: 7)).errorCode == -32602)

        let old = try await fresh()
        clock.advance(by: .seconds(601))
        let expired = try await client.request(retry(old, answers, id: 8))
        #expect(expired.errorCode == -32602 && expired.errorMessage?.contains("expired") == true)
    }

    @Test("nothing is asked that the client did not declare", .timeLimit(.minutes(5)))
    func capabilities() async throws {
        let client = try WireClient(try server())
        let bare = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"rounds","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#
        let answer = try await client.request(bare)
        #expect(answer.errorCode == -32021)
        #expect(answer["error"]?["data"]?["requiredCapabilities"] == ["roots": [:]])
    }

    @Test("used states are remembered within a bound")
    func nonceBound() {
        let nonces = UsedNonces(capacity: 100)
        for number in 0..<1_000 { #expect(nonces.use("\(number)", expiresAt: 10_000 + Int64(number), now: 0)) }
        #expect(!nonces.use("999", expiresAt: 20_000, now: 0))
    }
}
