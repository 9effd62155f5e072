import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Capabilities")
struct CapabilityTests {
    @Test("elicitation without a mode means forms only")
    func elicitationModes() throws {
        let implied = try ClientCapabilities(decoding: RawJSON(text: #"{"elicitation":{}}"#)).elicitation
        #expect(implied?.supportsForm == true && implied?.supportsURL == false)
        let urlOnly = try ClientCapabilities(decoding: RawJSON(text: #"{"elicitation":{"url":{}}}"#)).elicitation
        #expect(urlOnly?.supportsForm == false && urlOnly?.supportsURL == true)
    }

    @Test("name what is missing, as an object", arguments: [
        (#"{}"#, #"{"sampling":{}}"#, #"{"sampling":{}}"#), (#"{"sampling":{}}"#, #"{"sampling":{}}"#, nil),
        (#"{"sampling":{}}"#, #"{"sampling":{"tools":{}}}"#, #"{"sampling":{"tools":{}}}"#),
        (#"{"elicitation":{}}"#, #"{"elicitation":{"url":{}}}"#, #"{"elicitation":{"url":{}}}"#),
        (#"{"elicitation":{"url":{}}}"#, #"{"elicitation":{}}"#, #"{"elicitation":{}}"#),
        (#"{}"#, #"{"elicitation":{"form":{},"url":{}}}"#, #"{"elicitation":{"form":{},"url":{}}}"#),
        (#"{"roots":{}}"#, #"{"roots":{},"extensions":{"a/b":{"x":1}}}"#, #"{"extensions":{"a/b":{"x":1}}}"#),
    ] as [(String, String, String?)])
    func missing(declared: String, required: String, missing: String?) throws {
        let declared = try ClientCapabilities(decoding: RawJSON(parsing: declared))
        let required = try ClientCapabilities(decoding: RawJSON(parsing: required))
        #expect(declared.missing(from: required)?.encoded().description == missing)
    }

    @Test("that are missing make an error with an object in its data")
    func error() {
        let required = ClientCapabilities(sampling: .init())
        let error = ProtocolError.missingRequiredClientCapability(required)
        #expect(error.code.rawValue == -32021)
        #expect(error.data == ["requiredCapabilities": ["sampling": [:]]])
        #expect(error.requiredCapabilities == required)
    }

    @Test("an input request needs the capability it uses")
    func inputRequests() {
        let form = InputRequest.elicitation(.form("?", schema: ElicitationSchema([:])))
        let url = InputRequest.elicitation(.url("?", url: "https://a.example"))
        let implied = ClientCapabilities(elicitation: .init())
        #expect(implied.missing(from: form.requiredCapabilities) == nil)
        #expect(implied.missing(from: url.requiredCapabilities) != nil)
        let tools = InputRequest.sampling(CreateMessageParams(messages: [], maxTokens: 1, tools: []))
        #expect(ClientCapabilities(sampling: .init()).missing(from: tools.requiredCapabilities) != nil)
        #expect(ClientCapabilities().missing(from: InputRequest.roots().requiredCapabilities) != nil)
    }

    @Test("a subscription is honoured as far as the server declares changes")
    func filter() {
        let asked = SubscriptionFilter(
            toolsListChanged: true, promptsListChanged: true, resourcesListChanged: false, resourceSubscriptions: ["a:b"])
        let server = ServerCapabilities(tools: .init(listChanged: true), resources: .init(listChanged: true, subscribe: true))
        #expect(asked.honoured(by: server) == SubscriptionFilter(toolsListChanged: true, resourceSubscriptions: ["a:b"]))
        #expect(asked.honoured(by: ServerCapabilities()) == SubscriptionFilter())
    }
}
