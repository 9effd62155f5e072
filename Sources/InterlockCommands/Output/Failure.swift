import InterlockClient
import InterlockDiagnostics
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockSQLite
import InterlockTransport

/// A command line that cannot be carried out.
struct UsageError: Error, Sendable, CustomStringConvertible {
    var message: String

    init(_ message: String) {
        self.message = message
    }

    var description: String { message }
}

/// A tool that answered with `isError`.
struct ToolFailure: Error, Sendable, CustomStringConvertible {
    var tool: String
    var message: String

    var description: String { "\(tool): \(message)" }
}

/// How a failure is told: its exit code, and its line on standard error.
struct Failure: Sendable, Hashable {
    var status: CommandStatus
    var message: String
    /// The JSON-RPC code, where the server answered with one.
    var code: Int?

    init(_ error: any Error) {
        message = "\(error)"
        switch error {
        case let error as ClientError:
            status = Self.status(of: error)
            message = error.message
        case let error as ProtocolError:
            status = .toolFailed
            message = error.message
            code = error.code.rawValue
        case is ToolFailure, is RefusedTool: status = .toolFailed
        case is CancellationError:
            status = .unreachable
            message = "the command was cancelled"
        case let error as TransportError:
            status = error.code == .unauthorized ? .unauthorized : error.code == .misuse ? .usage : .unreachable
            message = error.message
        case let error as AdminProfileError: status = error.status
        default: status = .usage
        }
    }

    private static func status(of error: ClientError) -> CommandStatus {
        switch error.code {
        case .unauthorized: .unauthorized
        case .misuse, .unsupported: .usage
        case .inputFailed, .limitExceeded: .toolFailed
        default: .unreachable
        }
    }

    /// The line for a server that may not be sampled, whose exit code is of `profile` alone.
    static func refused(_ message: String) -> String {
        TerminalText.line((["error": ["code": "refused", "exitCode": 9, "message": .string(message)]] as JSONValue).description)
    }

    /// The line for a command that a signal has ended before there was anything to print.
    static func interrupted(by signal: Int32) -> String {
        let message = "the command was interrupted before it had found anything"
        return (["error": ["code": "interrupted", "exitCode": .number(JSONNumber(Int(Interruption.status(of: signal)))), "message": .string(message)]] as JSONValue)
            .description
    }

    /// `{"error":{"code":"unreachable","exitCode":4,"message":"…"}}`
    var line: String {
        var members: JSONObject = [
            "code": .string(status.name), "exitCode": .number(JSONNumber(Int(status.rawValue))), "message": .string(message),
        ]
        if let code { members["rpcCode"] = .number(JSONNumber(code)) }
        // Within the strings of JSON these are written as JSON itself writes them.
        return TerminalText.line((["error": .object(members)] as JSONValue).description)
    }
}
