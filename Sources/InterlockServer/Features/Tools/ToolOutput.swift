public import InterlockJSON
public import InterlockProtocol

/// What a tool's handler may return.
public protocol ToolOutput: Sendable {
    /// The JSON Schema of `structuredContent`, or `nil` for output that has none.
    static var outputSchema: RawJSON? { get }

    /// The result as it goes to the client.
    func toolResult() throws -> CallToolResult
}

extension ToolOutput {
    public static var outputSchema: RawJSON? { nil }
}

extension CallToolResult: ToolOutput {
    public func toolResult() -> CallToolResult { self }
}

extension String: ToolOutput {
    public func toolResult() -> CallToolResult { CallToolResult(content: [.text(self)]) }
}

extension ContentBlock: ToolOutput {
    public func toolResult() -> CallToolResult { CallToolResult(content: [self]) }
}

extension Array: ToolOutput where Element == ContentBlock {
    public func toolResult() -> CallToolResult { CallToolResult(content: self) }
}

/// Output as a Swift type: `structuredContent` with its schema, and the same JSON as text for clients that read only text.
///
/// The `@ToolOutput` macro writes `outputSchema` from a struct.
public protocol StructuredOutput: ToolOutput, Encodable {}

extension StructuredOutput {
    public func toolResult() throws -> CallToolResult {
        let structured = try RawJSON(encoding: self)
        return CallToolResult(content: [.text(structured.description)], structuredContent: structured)
    }
}

/// A failure that the model should read: it becomes a result with `isError: true` and this text.
///
/// Any other error a handler throws becomes a result with `isError: true` that says no more than that the tool failed; its description
/// goes to the server's log. Throw ``ProtocolError`` for a JSON-RPC error.
public struct ToolError: Error, Sendable, CustomStringConvertible {
    /// What went wrong and what to do about it.
    public var message: String
    /// Machine-readable detail, sent as `structuredContent`.
    public var structuredContent: RawJSON?

    public init(_ message: String, structuredContent: RawJSON? = nil) {
        self.message = message
        self.structuredContent = structuredContent
    }

    public var description: String { message }
}
