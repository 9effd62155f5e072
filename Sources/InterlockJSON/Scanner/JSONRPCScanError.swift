/// Why bytes are not a JSON-RPC 2.0 message, in the terms the answer needs.
public struct JSONRPCScanError: Error, Sendable, Hashable {
    /// The kind of refusal.
    public struct Code: Sendable, Hashable {
        /// The error code JSON-RPC gives it on the wire.
        public let rawValue: Int

        /// The bytes are not JSON by RFC 8259, or exceed a limit: −32700.
        public static let parse = Code(rawValue: -32700)
        /// The bytes are JSON, but no message: −32600.
        public static let invalidRequest = Code(rawValue: -32600)
    }

    /// The kind of refusal.
    public var code: Code
    /// What was wrong, fit for the wire: it names positions and members, and quotes no content.
    public var message: String
    /// The id to answer with: nil where none was read, where two were, or where the bytes are not JSON.
    public var id: RequestID?
    /// The failure of the scan, if the code is ``Code/parse``.
    public var cause: JSONError?

    /// Creates a refusal.
    public init(code: Code, message: String, id: RequestID? = nil, cause: JSONError? = nil) {
        self.code = code
        self.message = message
        self.id = id
        self.cause = cause
    }
}

extension JSONRPCScanError: CustomStringConvertible {
    /// Code, message and id in one line.
    public var description: String {
        "\(code.rawValue): \(message)" + (id.map { " (id \($0))" } ?? "")
    }
}
