import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Sampling")
struct SamplingTests {
    private static let use = SamplingContentBlock.toolUse(ToolUseContent(id: "u1", name: "t"))
    private static func result(_ id: String) -> SamplingContentBlock {
        .toolResult(ToolResultContent(toolUseId: id, result: .text("ok")))
    }

    private func problem(_ messages: [SamplingMessage]) -> String? {
        do throws(ProtocolError) {
            try CreateMessageParams(messages: messages, maxTokens: 1).validateToolMessages()
            return nil
        } catch {
            return error.message
        }
    }

    @Test("tool uses must be answered at once, by a user message of nothing but results")
    func toolMessages() {
        let asks = SamplingMessage(role: .assistant, content: [Self.use])
        let answers = SamplingMessage(role: .user, content: [Self.result("u1")])
        #expect(problem([.user("hi"), asks, answers, .assistant("done")]) == nil)
        #expect(problem([asks]) == "params.messages: tool uses without results at the end: u1")
        #expect(problem([asks, .user("hi")]) == "params.messages[1]: expected tool results for u1 before anything else")
        #expect(problem([answers]) == "params.messages[0]: tool results without a tool use right before them")
        let mixed = SamplingMessage(role: .user, content: [Self.result("u1"), .text("and")])
        #expect(problem([asks, mixed]) == "params.messages[1]: tool results belong into a user message of their own")
        let wrong = SamplingMessage(role: .user, content: [Self.result("u2")])
        #expect(problem([asks, wrong]) != nil)
    }

    @Test("several blocks are one text where only one block can be sent")
    func legacyContent() {
        let message = SamplingMessage(role: .user, content: [.text("a"), .text("b")])
        #expect(
            message.encoded(for: EncodingContext(revision: .v2025_06_18)).description
                == #"{"role":"user","content":{"type":"text","text":"a\nb"}}"#)
        #expect(message.encoded()["content"]?.kind == .array)
    }

    @Test("tools and choices are left out where they do not exist")
    func legacyParams() {
        let params = CreateMessageParams(
            messages: [.user("hi")], maxTokens: 5, temperature: 0.5, tools: [ToolDefinition(name: "t")],
            toolChoice: ToolChoice(.required))
        let json = params.encoded(for: EncodingContext(revision: .v2025_06_18))
        #expect(json.members?.map(\.key) == ["messages", "maxTokens", "temperature"])
        #expect(params.encoded()["toolChoice"]?.description == #"{"mode":"required"}"#)
    }
}
