/// The code of a JSON-RPC error.
///
/// -32768 … -32000 is reserved: the standard codes, and -32020 … -32099 for the specification; codes of one's own lie
/// outside. Spec: 2026-07-28, Base Protocol › Errors.
public struct ErrorCode: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The number on the wire.
    public var rawValue: Int

    /// Wraps a number from the wire, known or not.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// The bytes are not one JSON text.
    public static let parseError = ErrorCode(rawValue: -32700)
    /// JSON, but not a JSON-RPC message.
    public static let invalidRequest = ErrorCode(rawValue: -32600)
    /// No such method, in this revision or on this server.
    public static let methodNotFound = ErrorCode(rawValue: -32601)
    /// The params do not have the method's shape, or name something that does not exist.
    public static let invalidParams = ErrorCode(rawValue: -32602)
    /// The server failed; the cause stays in its log.
    public static let internalError = ErrorCode(rawValue: -32603)
    /// A routing header is missing, malformed or says something else than the body (modern, HTTP 400).
    public static let headerMismatch = ErrorCode(rawValue: -32020)
    /// The request needs a capability the client did not declare (modern, HTTP 400).
    public static let missingRequiredClientCapability = ErrorCode(rawValue: -32021)
    /// The server does not implement the version of the request (modern, HTTP 400).
    public static let unsupportedProtocolVersion = ErrorCode(rawValue: -32022)
    /// No such resource. Legacy revisions only; clients accept it from any server.
    public static let resourceNotFound = ErrorCode(rawValue: -32002)
    /// The user has to open URLs first. 2025-11-25 only.
    public static let urlElicitationRequired = ErrorCode(rawValue: -32042)
    /// The user refused a sampling request. Legacy, from client to server.
    public static let userRejected = ErrorCode(rawValue: -1)

    /// The number, with its name where the specification gives one.
    public var description: String {
        switch self {
        case .parseError: "parse error (-32700)"
        case .invalidRequest: "invalid request (-32600)"
        case .methodNotFound: "method not found (-32601)"
        case .invalidParams: "invalid params (-32602)"
        case .internalError: "internal error (-32603)"
        case .headerMismatch: "header mismatch (-32020)"
        case .missingRequiredClientCapability: "missing required client capability (-32021)"
        case .unsupportedProtocolVersion: "unsupported protocol version (-32022)"
        case .resourceNotFound: "resource not found (-32002)"
        case .urlElicitationRequired: "URL elicitation required (-32042)"
        case .userRejected: "rejected by the user (-1)"
        default: String(rawValue)
        }
    }
}
