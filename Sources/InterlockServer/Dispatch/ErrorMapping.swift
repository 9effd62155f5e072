import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockStorage
import InterlockTransport

/// How what went wrong becomes an answer: the one place that knows codes and statuses.
enum ErrorMapping {
    /// The answer to a request that failed, with the HTTP status the binding prescribes (2026-07-28, Transports › Streamable HTTP).
    static func response(to request: IncomingRequest, error: ProtocolError, status: Int? = nil) -> OutboundResponse {
        let isModern = request.caller.revision.isModern
        return OutboundResponse(body: JSONRPC.error(id: request.id, error), status: status ?? Self.status(of: error, isModern: isModern))
    }

    static func status(of error: ProtocolError, isModern: Bool) -> Int {
        switch error.code {
        case .parseError, .invalidRequest: 400
        case .headerMismatch, .missingRequiredClientCapability, .unsupportedProtocolVersion: 400
        case .methodNotFound: isModern ? 404 : 200
        default: 200
        }
    }

    /// The answer to a call that the server stopped because its time to drain was over.
    static func stopped(_ request: IncomingRequest, context: EncodingContext) -> OutboundResponse {
        let message = "The server is shutting down and stopped this call before it was done; whether it took effect is unknown."
        guard request.method == Method.toolsCall else { return response(to: request, error: .internalError(message)) }
        return OutboundResponse(body: JSONRPC.response(id: request.id, result: CallToolResult.error(message), context: context))
    }

    /// What a handler's error tells the model: its own words if it chose some, else no detail, which goes to the log.
    static func toolResult(for error: any Error, tool: String) -> CallToolResult {
        switch error {
        case let error as ToolError:
            CallToolResult(content: [.text(error.message)], structuredContent: error.structuredContent, isError: true)
        case is CancellationError:
            CallToolResult(content: [.text("The call of '\(tool)' was cancelled.")], isError: true)
        case let error as AcquireError:
            Admission.busy(error, tool: tool)
        case let failure as HandlerGotNoTurn:
            CallToolResult(content: [
                .text("'\(tool)' had begun and could not finish, because \(Admission.reason(failure.error.code)). Part of its work may be done: look before you call it again."),
            ], isError: true)
        case let error as StoreError where error.code == .unavailable:
            CallToolResult(
                content: [.text("The tool '\(tool)' could not reach a store it needs; whether it took effect is not known. Look, then try again in a moment.")], isError: true)
        default:
            CallToolResult(content: [.text("The tool '\(tool)' failed inside; the server's log says why.")], isError: true)
        }
    }
}
