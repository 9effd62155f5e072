public import InterlockJSON
import InterlockProtocol
public import InterlockServer
public import InterlockSimulation
import Synchronization

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
    /// When the call was made: its place in the order of all calls and answers of the schedule, from 1.
    public let called: Int64
    /// When its answer came, by the same count. Two calls whose intervals overlap were under way at the same time.
    public let returned: Int64

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
    let order: ExploredOrder

    /// Calls a tool and waits for its answer.
    public func call(_ tool: String, _ arguments: JSONValue = [:]) async throws -> ExploredAnswer {
        try await order.answer(to: ExploredCall(tool, arguments), id: firstID, on: client)
    }
}

/// Counts the calls and answers of one schedule as they come.
final class ExploredOrder: Sendable {
    private let events = Mutex<Int64>(0)

    private func next() -> Int64 {
        events.withLock { events in
            events += 1
            return events
        }
    }

    func answer(to call: ExploredCall, id: Int, on client: WireClient) async throws -> ExploredAnswer {
        let called = next()
        let message = try await client.request(ExploreMessage.text(of: call, id: id))
        return ExploredAnswer(call: call, message: message, called: called, returned: next())
    }
}

/// Explores the orders in which a server may run calls that are made at the same time, and reports the first one that breaks an expectation.
///
/// ```swift
/// @Test func tenUsersAtMost() async throws {
///     try await exploreCalls((1...3).map { ExploredCall("register_user", ["userId": .string("u\($0)")], client: $0) }) { _ in
///         try Server(name: "s", version: "1") { RegistrationTools(limit: 2) }
///     } check: { answers, _ in
///         try #require(answers.filter { !$0.isError }.count == 2)
///     }
/// }
/// ```
///
/// The check throws what is wrong, as `#require` does; a plain `#expect` records an issue that the explorer cannot see.
/// Where the answers alone have to fit one order of the calls, ``exploreCalls(_:_:on:model:bound:input:output:)`` needs no check.
///
/// Each schedule gets a server of its own, in memory, in virtual time: a server with timeouts takes the exploration's clock into its configuration.
/// Decided are the suspensions of handlers and of the server; see ``InterlockSimulation/explore(_:schedules:seed:replay:_:)`` for what that can and cannot find.
///
/// - Parameters:
///   - calls: made all at once, each client's in order of sending.
///   - exploration: strategy, number of schedules, seed, replay.
///   - makeServer: makes the server of one schedule.
///   - check: what must hold once all calls are answered; throws what does not. It gets the answers in the order of the calls, and may ask further.
/// - Throws: ``InterlockSimulation/ExplorationFailure`` with seed, replay string and trace.
@discardableResult
public func exploreCalls(
    _ calls: [ExploredCall], _ exploration: Exploration = Exploration(),
    on makeServer: @escaping @Sendable (ExplorationContext) throws -> Server,
    check: @escaping @Sendable ([ExploredAnswer], ExploredServer) async throws -> Void
) async throws -> ExplorationResult {
    try await explore(exploration) { context in
        let server = try makeServer(context)
        var clients: [Int: WireClient] = [:]
        for call in calls where clients[call.client] == nil { clients[call.client] = try WireClient(server) }
        let order = ExploredOrder()
        let answers = try await withThrowingTaskGroup(of: (Int, ExploredAnswer).self) { group in
            for (index, call) in calls.enumerated() {
                guard let client = clients[call.client] else { continue }
                group.addTask {
                    context.note("\(call)")
                    return (index, try await order.answer(to: call, id: index, on: client))
                }
            }
            var answers: [Int: ExploredAnswer] = [:]
            for try await (index, answer) in group { answers[index] = answer }
            return calls.indices.compactMap { answers[$0] }
        }
        try await check(answers, ExploredServer(client: try WireClient(server), firstID: calls.count, order: order))
    }
}

private enum ExploreMessage {
    static func text(of call: ExploredCall, id: Int) -> String {
        let params = CallToolParams(name: call.tool, arguments: call.arguments, meta: RequestMeta().meta())
        let bytes = JSONRPC.request(id: .integer(Int64(id)), method: Method.toolsCall, params: params, context: EncodingContext(revision: .latest))
        return String(decoding: bytes, as: UTF8.self)
    }
}
