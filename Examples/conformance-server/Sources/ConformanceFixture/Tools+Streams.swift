import Interlock

extension ConformanceFixture {
    /// Tools around streams and capabilities of 2026-07-28.
    @FeatureBuilder
    static var streamTools: [any Feature] {
        Tool("test_missing_capability", "Needs a client that declares sampling") { context in
            let answer = try await context.sample(CreateMessageParams(messages: [.user("Say hello")], maxTokens: 10))
            return "Sampled: \(answer.content.text)"
        }
        Tool("test_streaming_elicitation", "Asks the user, without a request of the server's own on the stream") { context in
            context.reportProgress(0, total: 1)
            let answer = try await context.elicit(nameForm("What is your name?"), key: "user_name")
            return "Hello, \(answer.content?["name"]?.string ?? "nobody")!"
        }
        Tool("test_trigger_tool_change", "Changes the list of tools and back") { context in
            try context.server.addFeatures { Tool("test_dynamic_tool", "There for a moment") { _ in "You were quick." } }
            context.server.removeTool(named: "test_dynamic_tool")
            return "The list of tools has changed"
        }
        .exclusive(by: { _ in ["list of tools"] })
        Tool("test_trigger_prompt_change", "Changes the list of prompts and back") { context in
            try context.server.addFeatures {
                Prompt("test_dynamic_prompt", "There for a moment") { _, _ in GetPromptResult(messages: [.user("You were quick.")]) }
            }
            context.server.removePrompt(named: "test_dynamic_prompt")
            return "The list of prompts has changed"
        }
        .exclusive(by: { _ in ["list of prompts"] })
    }

    /// Asks for a name.
    static func nameForm(_ message: String) -> ElicitParams {
        .form(message, schema: ElicitationSchema(["name": PrimitiveSchema(.string())], required: ["name"]))
    }
}
