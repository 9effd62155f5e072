public import InterlockJSON
import InterlockProtocol
public import InterlockServer
public import InterlockSimulation

/// One `tools/call` of an exploration.
public struct ExploredCall: Sendable, CustomStringConvertible {
    public var tool: String
    public var arguments: RawJSON
    /// Whose connection it comes on: calls with different numbers come from different clients.
    public var client: Int

    public init(_ tool: String, _ arguments: JSONValue = [:], client: Int = 0) {
        self.tool = tool
        self.arguments = RawJSON(arguments)
        self.client = client
    }

    public var description: String { "client \(client): \(tool) \(arguments)" }
}

/// How a server answered an ``ExploredCall``.
public struct ExploredAnswer: Sendable {
    public let call: ExploredCall
    /// The whole JSON-RPC response.
    public let message: JSONValue

    /// The text of the result's first content block.
    public var text: String? { message["result"]?["content"]?[0]?["text"]?.string }
    /// The result for programs.
    public var structuredContent: JSONValue? { message["result"]?["structuredContent"] }
    /// Whether the tool, or the protocol, answered with an error.
    public var isError: Bool { message["result"]?["isError"]?.bool == true || message["error"] != nil }
}

/// Asks a server of an exploration further questions, when the calls have been answered.
public struct ExploredServer: Sendable {
    let client: WireClient
    let firstID: Int

    /// Calls a tool and waits for its answer.
    public func call(_ tool: String, _ arguments: JSONValue = [:]) async throws -> ExploredAnswer {
        let call = ExploredCall(tool, arguments)
        return ExploredAnswer(call: call, message: try await client.request(ExploreMessage.text(of: call, id: firstID)))
    }
}

/// Explores the orders in which a server may run calls that are made at the same time, and reports the first one that breaks an expectation.
///
/// ```swift
/// @Test func tenUsersAtMost() async throws {
///     try await exploreCalls((1...3).map { ExploredCall("register_user", ["userId": .string("u\($0)")], client: $0) }) { _ in
///         try Server(name: "s", version: "1") { RegistrationTools(limit: 2) }
///     } check: { answers, _ in
///         #expect(answers.filter { !$0.isError }.count == 2)
///     }
/// }
/// ```
///
/// Each schedule gets a server of its own, in memory, in virtual time: a server with timeouts takes the exploration's clock into its configuration.
/// Decided are the suspensions of handlers and of the server; see ``InterlockSimulation/explore(_:schedules:seed:replay:_:)`` for what that can and cannot find.
///
/// - Parameters:
///   - exploration: strategy, number of schedules, seed, replay.
///   - calls: made all at once, each client's in order of sending.
///   - makeServer: makes the server of one schedule.
///   - check: what must hold once all calls are answered; throws what does not. It gets the answers in the order of the calls, and may ask further.
/// - Throws: ``InterlockSimulation/ExplorationFailure`` with seed, replay string and trace.
@discardableResult
public func exploreCalls(
    _ exploration: Exploration = Exploration(), _ calls: [ExploredCall],
    on makeServer: @escaping @Sendable (ExplorationContext) throws -> Server,
    check: @escaping @Sendable ([ExploredAnswer], ExploredServer) async throws -> Void
) async throws -> ExplorationResult {
    try await explore(exploration) { context in
        let server = try makeServer(context)
        var clients: [Int: WireClient] = [:]
        for call in calls where clients[call.client] == nil { clients[call.client] = try WireClient(server) }
        let answers = try await withThrowingTaskGroup(of: (Int, ExploredAnswer).self) { group in
            for (index, call) in calls.enumerated() {
                guard let client = clients[call.client] else { continue }
                group.addTask {
                    context.note("\(call)")
                    return (index, ExploredAnswer(call: call, message: try await client.request(ExploreMessage.text(of: call, id: index))))
                }
            }
            var answers: [Int: ExploredAnswer] = [:]
            for try await (index, answer) in group { answers[index] = answer }
            return calls.indices.compactMap { answers[$0] }
        }
        try await check(answers, ExploredServer(client: try WireClient(server), firstID: calls.count))
    }
}

private enum ExploreMessage {
    static func text(of call: ExploredCall, id: Int) -> String {
        let params = CallToolParams(name: call.tool, arguments: call.arguments, meta: RequestMeta().meta())
        let bytes = JSONRPC.request(id: .integer(Int64(id)), method: Method.toolsCall, params: params, context: EncodingContext(revision: .latest))
        return String(decoding: bytes, as: UTF8.self)
    }
}
