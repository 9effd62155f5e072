import Interlock

extension ConformanceFixture {
    @FeatureBuilder
    static var prompts: [any Feature] {
        Prompt("test_simple_prompt", "A prompt without arguments") { _, _ in
            GetPromptResult(messages: [.user("This is a simple prompt for testing.")])
        }
        Prompt(
            "test_prompt_with_arguments", "A prompt with two arguments",
            arguments: [
                PromptArgument(name: "arg1", description: "First test argument", required: true),
                PromptArgument(name: "arg2", description: "Second test argument", required: true),
            ]
        ) { arguments, _ in
            GetPromptResult(messages: [
                .user("Prompt with arguments: arg1='\(arguments["arg1"] ?? "")', arg2='\(arguments["arg2"] ?? "")'")
            ])
        }
        .completing("arg1") { prefix, _ in ["hello", "help", "test"].filter { $0.hasPrefix(prefix) } }
        .completing("arg2") { prefix, _ in ["world", "work"].filter { $0.hasPrefix(prefix) } }
        Prompt(
            "test_prompt_with_embedded_resource", "A prompt with a resource in it",
            arguments: [PromptArgument(name: "resourceUri", description: "URI of the resource to embed", required: true)]
        ) { arguments, _ in
            GetPromptResult(messages: [
                PromptMessage(
                    role: .user,
                    content: .resource(
                        uri: arguments["resourceUri"] ?? "", mimeType: "text/plain", text: "Embedded resource content for testing.")),
                .user("Please process the embedded resource above."),
            ])
        }
        Prompt("test_prompt_with_image", "A prompt with an image in it") { _, _ in
            GetPromptResult(messages: [
                PromptMessage(role: .user, content: .image(data: Samples.png, mimeType: "image/png")),
                .user("Please analyze the image above."),
            ])
        }
    }

    /// A prompt that needs something from the client first (2026-07-28).
    @FeatureBuilder
    static var inputPrompts: [any Feature] {
        Prompt("test_input_required_result_prompt", "A prompt that asks the user for context") { _, context in
            let form = ElicitationSchema(["context": PrimitiveSchema(.string())], required: ["context"])
            let answer = try await context.elicit(.form("What context should the prompt use?", schema: form), key: "user_context")
            return GetPromptResult(messages: [.user("Use this context: \(answer.content?["context"]?.string ?? "none")")])
        }
    }
}
