import Interlock

/// What the client's model is to answer.
@ToolInput
struct SamplingPrompt {
    /// The prompt to send to the model
    var prompt: String
}

/// What the user is to be asked.
@ToolInput
struct ElicitationMessage {
    /// The message to show to the user
    var message: String
}

extension ConformanceFixture {
    /// Tools that ask the client, as the suite tests it with the legacy revisions.
    @FeatureBuilder
    static var legacyInputTools: [any Feature] {
        Tool("test_sampling", "Lets the client's model answer a prompt") { (input: SamplingPrompt, context) in
            let answer = try await context.sample(CreateMessageParams(messages: [.user(input.prompt)], maxTokens: 100))
            return "LLM response: \(answer.content.text)"
        }
        Tool("test_elicitation", "Asks the user for name and mail address") { (input: ElicitationMessage, context) in
            let form = ElicitationSchema(
                [
                    "username": PrimitiveSchema(.string(), description: "User's response"),
                    "email": PrimitiveSchema(.string(format: .email), description: "User's email address"),
                ], required: ["username", "email"])
            return "User response: \(description(of: try await context.elicit(.form(input.message, schema: form))))"
        }
        Tool("test_elicitation_sep1034_defaults", "Asks with a default in every kind of field") { context in
            let form = ElicitationSchema(
                [
                    "name": PrimitiveSchema(.string(default: "John Doe"), description: "User name"),
                    "age": PrimitiveSchema(.integer(default: 30), description: "User age"),
                    "score": PrimitiveSchema(.number(default: 95.5), description: "User score"),
                    "status": PrimitiveSchema(.choice(["active", "inactive", "pending"], default: "active"), description: "User status"),
                    "verified": PrimitiveSchema(.boolean(default: true), description: "Verification status"),
                ])
            let answer = try await context.elicit(.form("Please review and update the form fields with defaults", schema: form))
            return "Elicitation completed: \(description(of: answer))"
        }
        Tool("test_elicitation_sep1330_enums", "Asks with every kind of choice") { context in
            let answer = try await context.elicit(.form("Please select options from the enum fields", schema: choices))
            return "Elicitation completed: \(description(of: answer))"
        }
    }

    private static var choices: ElicitationSchema {
        let plain: [EnumOption] = ["option1", "option2", "option3"]
        let titled = ["First", "Second", "Third"].enumerated().map { EnumOption("value\($0 + 1)", title: "\($1) Option") }
        let several = ["First", "Second", "Third"].enumerated().map { EnumOption("value\($0 + 1)", title: "\($1) Choice") }
        let legacy = ["One", "Two", "Three"].enumerated().map { EnumOption("opt\($0 + 1)", title: "Option \($1)") }
        return ElicitationSchema(
            [
                "untitledSingle": PrimitiveSchema(.choice(plain), description: "Select one option"),
                "titledSingle": PrimitiveSchema(.choice(titled), description: "Select one option with titles"),
                "legacyEnum": PrimitiveSchema(.legacyChoice(legacy), description: "Select one option, titled the old way"),
                "untitledMulti": PrimitiveSchema(.choices(plain, minItems: 1, maxItems: 3), description: "Select multiple options"),
                "titledMulti": PrimitiveSchema(.choices(several, minItems: 1, maxItems: 3), description: "Select multiple options with titles"),
            ])
    }

    private static func description(of answer: ElicitResult) -> String {
        "action=\(answer.action.rawValue), content=\(JSONValue.object(answer.content ?? [:]))"
    }
}
