import Interlock

extension ConformanceFixture {
    /// Tools that need one thing from the client before they answer (2026-07-28, multi round-trip requests).
    @FeatureBuilder
    static var inputTools: [any Feature] {
        Tool("test_input_required_result_elicitation", "Greets the user by the name it asks for") { context in
            "Hello, \(name(try await context.elicit(nameForm("What is your name?"), key: "user_name")))!"
        }
        Tool("test_input_required_result_sampling", "Asks the client's model for a capital") { context in
            let question = CreateMessageParams(messages: [.user("What is the capital of France?")], maxTokens: 100)
            return "The model says: \(try await context.sample(question, key: "capital_question").content.text)"
        }
        Tool("test_input_required_result_list_roots", "Lists the client's roots") { context in
            let roots = try await context.listRoots(key: "client_roots").roots
            return "The client has \(roots.count) roots: \(roots.map(\.uri).joined(separator: ", "))"
        }
        Tool("test_input_required_result_request_state", "Asks for a confirmation, and checks the state that comes back with it") { context in
            _ = try await context.elicit(confirmation("Please confirm"), key: "confirm")
            return "Confirmed: state-ok"
        }
        Tool("test_input_required_result_tampered_state", "Refuses a state that was changed on the way") { context in
            _ = try await context.elicit(confirmation("Please confirm"), key: "confirm")
            return "The state arrived unchanged"
        }
    }

    /// Asks for a yes.
    static func confirmation(_ message: String) -> ElicitParams {
        .form(message, schema: ElicitationSchema(["ok": PrimitiveSchema(.boolean())], required: ["ok"]))
    }

    /// The name a user entered.
    static func name(_ answer: ElicitResult) -> String {
        answer.content?["name"]?.string ?? "nobody"
    }
}
