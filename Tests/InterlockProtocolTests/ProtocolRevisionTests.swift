import InterlockProtocol
import Testing

@Suite("ProtocolRevision")
struct ProtocolRevisionTests {
    @Test("orders revisions as their dates do")
    func order() {
        #expect(ProtocolRevision.allCases.sorted() == ProtocolRevision.allCases)
        #expect(ProtocolRevision.allCases.map(\.rawValue).sorted() == ProtocolRevision.allCases.map(\.rawValue))
        #expect(ProtocolRevision.latestLegacy < ProtocolRevision.latest)
        #expect(ProtocolRevision(rawValue: "2026-07-29") == nil)
    }

    /// One row per difference: in which revisions it holds, the oldest first.
    static let differences: [(name: String, holds: @Sendable (ProtocolRevision) -> Bool, revisions: String)] = [
        ("isModern", { $0.isModern }, "....x"), ("hasHandshake", { $0.hasHandshake }, "xxxx."),
        ("hasServerRequests", { $0.hasServerRequests }, "xxxx."), ("hasSessions", { $0.hasSessions }, ".xxx."),
        ("hasPing", { $0.hasPing }, "xxxx."), ("hasBatches", { $0.hasBatches }, ".x..."),
        ("hasStreamableHTTP", { $0.hasStreamableHTTP }, ".xxxx"),
        ("requiresVersionHeader", { $0.requiresVersionHeader }, "..xxx"),
        ("hasRoutingHeaders", { $0.hasRoutingHeaders }, "....x"), ("hasPrimingEvent", { $0.hasPrimingEvent }, "...x."),
        ("hasResumableStreams", { $0.hasResumableStreams }, ".xxx."),
        ("disconnectCancels", { $0.disconnectCancels }, "....x"), ("hasResultType", { $0.hasResultType }, "....x"),
        ("hasCacheHints", { $0.hasCacheHints }, "....x"), ("hasMultiRoundTrip", { $0.hasMultiRoundTrip }, "....x"),
        ("hasSubscriptionsListen", { $0.hasSubscriptionsListen }, "....x"),
        ("hasResourceSubscribe", { $0.hasResourceSubscribe }, "xxxx."), ("hasSetLevel", { $0.hasSetLevel }, "xxxx."),
        ("hasToolAnnotations", { $0.hasToolAnnotations }, ".xxxx"),
        ("hasStructuredContent", { $0.hasStructuredContent }, "..xxx"),
        ("structuredContentMustBeObject", { $0.structuredContentMustBeObject }, "xxxx."),
        ("inputValidationIsToolError", { $0.inputValidationIsToolError }, "...xx"),
        ("hasCoreTasks", { $0.hasCoreTasks }, "...x."), ("hasTitles", { $0.hasTitles }, "..xxx"),
        ("hasIcons", { $0.hasIcons }, "...xx"), ("hasNestedMeta", { $0.hasNestedMeta }, "..xxx"),
        ("hasAudio", { $0.hasAudio }, ".xxxx"), ("hasResourceLinks", { $0.hasResourceLinks }, "..xxx"),
        ("hasProgressMessage", { $0.hasProgressMessage }, ".xxxx"),
        ("hasCompletionsCapability", { $0.hasCompletionsCapability }, ".xxxx"),
        ("hasCompletionContext", { $0.hasCompletionContext }, "..xxx"),
        ("hasElicitation", { $0.hasElicitation }, "..xxx"), ("hasURLElicitation", { $0.hasURLElicitation }, "...xx"),
        ("hasElicitationID", { $0.hasElicitationID }, "...x."), ("hasSamplingTools", { $0.hasSamplingTools }, "...xx"),
        ("notFoundIsInvalidParams", { $0.resourceNotFoundCode == .invalidParams }, "....x"),
    ]

    @Test("knows in which revisions each difference holds", arguments: differences.indices)
    func difference(index: Int) {
        let row = Self.differences[index]
        let holds = ProtocolRevision.allCases.map { row.holds($0) ? "x" : "." }.joined()
        #expect(holds == row.revisions, "\(row.name)")
    }

    @Test("knows which methods exist in which revision")
    func methods() {
        let requests: [String: String] = [
            Method.initialize: "xxxx.", Method.ping: "xxxx.", Method.discover: "....x", Method.toolsCall: "xxxxx",
            Method.setLevel: "xxxx.", Method.resourcesSubscribe: "xxxx.", Method.resourcesUnsubscribe: "xxxx.",
            Method.subscriptionsListen: "....x", Method.tasksGet: "...x.", Method.tasksResult: "...x.",
            Method.tasksUpdate: ".....", Method.rootsList: ".....", "tools/unknown": ".....",
        ]
        for (method, revisions) in requests {
            let exists = ProtocolRevision.allCases.map { Method.isRequest(method, in: $0) ? "x" : "." }.joined()
            #expect(exists == revisions, "\(method)")
        }
        #expect(Method.isServerRequest(Method.elicitationCreate, in: .v2025_06_18))
        #expect(!Method.isServerRequest(Method.elicitationCreate, in: .v2025_03_26))
        #expect(!Method.isServerRequest(Method.samplingCreateMessage, in: .latest))
        #expect(Method.isClientNotification(Method.cancelled, in: .latest))
        #expect(!Method.isClientNotification(Method.initialized, in: .latest))
        #expect(Method.mayRequireInput(Method.promptsGet, in: .latest))
        #expect(!Method.mayRequireInput(Method.toolsList, in: .latest))
        #expect(!Method.mayRequireInput(Method.toolsCall, in: .latestLegacy))
        #expect(Method.isCacheable(Method.resourcesRead) && !Method.isCacheable(Method.toolsCall))
    }
}
