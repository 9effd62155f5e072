import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Multi round-trip requests")
struct MultiRoundTripTests {
    @Test("a result is read by its type; none means complete")
    func outcome() throws {
        let complete = try ResultOutcome<CallToolResult>(decoding: RawJSON(text: #"{"content":[]}"#))
        guard case .complete(let result) = complete else { return #expect(Bool(false), "expected a complete result") }
        #expect(result == CallToolResult(content: []))
        let input = try ResultOutcome<CallToolResult>(
            decoding: RawJSON(text: #"{"resultType":"input_required","inputRequests":{"r":{"method":"roots/list"}},"requestState":"s"}"#))
        guard case .inputRequired(let required) = input else { return #expect(Bool(false), "expected a request for input") }
        #expect(required == InputRequiredResult(inputRequests: ["r": .roots()], requestState: "s"))
        let task = try ResultOutcome<CallToolResult>(decoding: RawJSON(text: #"{"resultType":"task","taskId":"t"}"#))
        guard case .other(.task, let json) = task else { return #expect(Bool(false), "expected an extension's result") }
        #expect(json["taskId"]?.string == "t")
        #expect(throws: ProtocolError.self) { try ResultOutcome<CallToolResult>(decoding: RawJSON(text: #"{"resultType":1}"#)) }
        #expect(throws: ProtocolError.self) {
            try ResultOutcome<CallToolResult>(decoding: RawJSON(text: #"{"resultType":"input_required"}"#))
        }
    }

    @Test("answers are told apart by their members, and anything else is kept")
    func responses() throws {
        let responses = try InputResponses(decoding: RawJSON(text: #"""
            {"who":{"action":"accept","content":{"name":"Eve"}},"roots":{"roots":[]},"odd":{"x":17},
             "model":{"role":"assistant","model":"m","content":{"type":"text","text":"Paris"}}}
            """#))
        #expect(responses["who"]?.elicitation?.content?["name"] == "Eve")
        #expect(responses["roots"]?.roots?.roots.isEmpty == true)
        #expect(responses["model"]?.sampling?.content.text == "Paris")
        #expect(responses["who"]?.answers(.roots()) == false && responses["roots"]?.answers(.roots()) == true)
        let unknown = try InputResponses(decoding: RawJSON(text: #"{"x":{"later":1}}"#))
        #expect(unknown["x"] == .unknown(RawJSON(text: #"{"later":1}"#)))
    }

    @Test("a retry carries answers and state in modern revisions only")
    func retry() throws {
        let params = CallToolParams(name: "t", inputResponses: ["a": .elicitation(.decline)], requestState: "é\u{0}s")
        #expect(try CallToolParams(decoding: params.encoded()) == params)
        #expect(params.encoded(for: EncodingContext(revision: .latestLegacy)).description == #"{"name":"t"}"#)
    }

    @Test("no result that asks for input carries a cache hint")
    func noCache() {
        let context = EncodingContext(cacheHint: CacheHint(ttlMs: 1, scope: .public))
        #expect(
            InputRequiredResult(requestState: "s").encoded(for: context).description
                == #"{"resultType":"input_required","requestState":"s"}"#)
    }

    @Test("many keys are read in linear time and keep their order")
    func manyKeys() throws {
        let count = 20_000
        let text = "{" + (0..<count).map { #""k\#($0)":{"roots":[]}"# }.joined(separator: ",") + "}"
        let responses = try InputResponses(decoding: RawJSON(parsing: text))
        #expect(responses.count == count && responses.entries[count - 1].key == "k\(count - 1)")
        let twice = try InputResponses(decoding: RawJSON(text: #"{"a":{"roots":[]},"b":{"action":"cancel"},"a":{"action":"decline"}}"#))
        #expect(twice.keys == ["a", "b"] && twice["a"] == .elicitation(.decline))
    }
}
