public import InterlockClient
public import InterlockJSON
import InterlockProtocol

/// One agent: it has a session of its own and can call tools. A call never throws; how it ended is its value.
public struct LoadAgent: Sendable {
    /// Calls a tool, and says how the call ended and, for a failure, why.
    public var call: @Sendable (_ tool: String, _ arguments: RawJSON) async -> (outcome: CallOutcome, message: String?)
    /// Where its calls run: where its connections are, so that a call wakes no other thread; nil where that makes no difference.
    public var executor: (any TaskExecutor)?

    /// Makes an agent of anything that can be called.
    public init(
        executor: (any TaskExecutor)? = nil, call: @escaping @Sendable (_ tool: String, _ arguments: RawJSON) async -> (outcome: CallOutcome, message: String?)
    ) {
        self.call = call
        self.executor = executor
    }

    /// Makes an agent of a connected client.
    public init(_ client: Client, options: RequestOptions = RequestOptions(), executor: (any TaskExecutor)? = nil) {
        self.init(executor: executor) { tool, arguments in
            do {
                let result = try await client.callTool(tool, arguments: arguments, options: options)
                let outcome = CallOutcome(result)
                return (outcome, outcome == .ok ? nil : result.content.lazy.compactMap(\.text).first ?? "no text")
            } catch {
                return (CallOutcome(error), "\(error)")
            }
        }
    }
}
