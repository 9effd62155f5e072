import Interlock

extension ConformanceFixture {
    /// Tools that ask for several things, at once or one after the other.
    @FeatureBuilder
    static var inputRoundTools: [any Feature] {
        Tool("test_input_required_result_multiple_inputs", "Asks the user, the model and the client in one round") { context in
            let answers = try await context.ask([
                "user_name": .elicitation(nameForm("What is your name?")),
                "greeting": .sampling(CreateMessageParams(messages: [.user("Write a short greeting")], maxTokens: 50)),
                "client_roots": .roots(),
            ])
            let user = answers["user_name"]?.elicitation.map(name) ?? "nobody"
            return "\(answers["greeting"]?.sampling?.content.text ?? "") \(user), \(answers["client_roots"]?.roots?.roots.count ?? 0) roots"
        }
        Tool("test_input_required_result_multi_round", "Asks for a name, then for a color") { context in
            let user = name(try await context.elicit(nameForm("Step 1: What is your name?"), key: "step1"))
            let form = ElicitationSchema(["color": PrimitiveSchema(.string())], required: ["color"])
            let answer = try await context.elicit(.form("Step 2: What is your favorite color?", schema: form), key: "step2")
            return "\(user) likes \(answer.content?["color"]?.string ?? "no color")"
        }
        Tool("test_input_required_result_capabilities", "Asks only for what the client can do") { context in
            let requests = requests(for: context.clientCapabilities)
            guard !requests.isEmpty else { return "The client can be asked nothing" }
            let answers = try await context.ask(requests)
            return "Answered: \(answers.keys.sorted().joined(separator: ", "))"
        }
    }

    private static func requests(for capabilities: ClientCapabilities) -> InputRequests {
        var requests = InputRequests()
        if capabilities.elicitation?.supportsForm == true { requests["user_name"] = .elicitation(nameForm("What is your name?")) }
        if capabilities.sampling != nil {
            requests["greeting"] = .sampling(CreateMessageParams(messages: [.user("Write a short greeting")], maxTokens: 50))
        }
        if capabilities.roots != nil { requests["client_roots"] = .roots() }
        return requests
    }
}
