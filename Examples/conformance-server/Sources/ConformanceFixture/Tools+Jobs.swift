import Interlock

/// Whom to greet.
@ToolInput
struct Greeting {
    /// The name
    var name: String
}

/// How long to compute.
@ToolInput
struct Computation {
    /// Seconds
    @Range(0...60) var seconds: Double = 1
}

/// What to delete.
@ToolInput
struct Deletion {
    /// The file's name
    var filename: String = "file.txt"
}

extension ConformanceFixture {
    /// The tools of the tasks scenarios. This server answers them on the call itself.
    @FeatureBuilder
    static var jobTools: [any Feature] {
        Tool("greet", "Greets at once") { (input: Greeting, _) in "Hello, \(input.name)!" }
        Tool("slow_compute", "Takes its time") { (input: Computation, _) in
            try await Task.sleep(for: .seconds(input.seconds))
            return "Computed for \(input.seconds) seconds"
        }
        Tool("failing_job", "Fails after a second") { _ -> String in
            try await Task.sleep(for: .seconds(1))
            throw ToolError("The job failed, as it always does")
        }
        Tool("protocol_error_job", "Ends with a JSON-RPC error") { _ -> String in
            throw ProtocolError.internalError("The job ended with a protocol error, as it always does")
        }
        Tool("confirm_delete", "Asks before it deletes") { (input: Deletion, context) in
            let answer = try await context.elicit(confirmation("Delete \(input.filename)?"), key: "confirm")
            return answer.content?["ok"]?.bool == true ? "Deleted \(input.filename)" : "Kept \(input.filename)"
        }
        Tool("multi_input", "Asks two things at once") { context in
            let answers = try await context.ask([
                "first": .elicitation(nameForm("First name?")), "second": .elicitation(nameForm("Second name?")),
            ])
            return ["first", "second"].map { answers[$0]?.elicitation.map(name) ?? "nobody" }.joined(separator: " and ")
        }
        Tool("test_tool_with_task", "Asks for a name, then works for it") { context in
            let user = name(try await context.elicit(nameForm("What is your name?"), key: "user_name"))
            return "The work for \(user) is done"
        }
    }
}
