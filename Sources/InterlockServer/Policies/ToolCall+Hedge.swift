import InterlockConcurrency
import InterlockProtocol

extension ToolCall {
    /// Runs the handler, and again beside itself while it takes long, if the tool has a `hedge`.
    ///
    /// What an attempt says to the model or asks of the user is an answer like a result, and ends the call; only what counts as a failure of the resource
    /// begins the next attempt at once.
    func hedged(_ context: HandlerContext, _ name: String) async throws -> CallToolResult {
        guard let hedge = tool.resilience?.hedge else { return try await step(name) { try await prepared.run(context) } }
        return try await hedge.run(clock: call.server.configuration.clock) { [self] attempt in
            try await step(attempt == 1 ? name : "\(name), hedge \(attempt)") { () async throws -> Result<CallToolResult, any Error> in
                do {
                    return .success(try await prepared.run(context))
                } catch where !Task.isCancelled && ResiliencePolicies.judge(error) != .failure {
                    return .failure(error)
                }
            }
        }.get()
    }
}
