import InterlockClient
import InterlockProtocol

/// A tool that was named for a diagnosis and whose every call ends in an error: its times and its memory would be those of a refusal.
public struct RefusedTool: Error, Sendable, Hashable, CustomStringConvertible {
    public var tool: String
    /// What the server said of the last call.
    public var reason: String

    public var description: String {
        let words = reason.prefix(300)
        return "\(tool): each of \(Self.tries) calls ended in an error, so there is no work to examine: \(words.hasSuffix(".") ? words.dropLast() : words). "
            + "Name a tool that there is, with "
            + "arguments that it takes: --tool '\(tool)={…}'."
    }

    /// Calls that must all fail: one may have met the wrong moment.
    private static let tries = 3

    /// The first of the named calls that only ends in errors; `nil` where each may be examined. One call for each that works, three for one that does not.
    ///
    /// A server that has no room, and one that gives no answer in time, says nothing of the arguments: both are what a diagnosis looks for.
    ///
    /// - Throws: what keeps it from the server, such as a connection that is lost.
    static func first(of operations: [ProbeOperation], _ client: Client) async throws -> RefusedTool? {
        operations: for case .call(let tool, let arguments) in operations {
            var reason = ""
            for _ in 0..<tries {
                do {
                    let result = try await client.callTool(tool, arguments: arguments)
                    guard CallOutcome(result) == .toolError else { continue operations }
                    reason = result.content.lazy.compactMap(\.text).first ?? "no text"
                } catch let error as ProtocolError where !DiagnosedServer.isBusy(error.code.rawValue) {
                    reason = error.message
                } catch where DiagnosedServer.isAnswer(error) || (error as? ClientError)?.code == .timedOut {
                    continue operations
                }
            }
            return RefusedTool(tool: tool, reason: reason)
        }
        return nil
    }
}
