public import InterlockJSON

/// The HTTP header fields of the protocol, and what a modern request must put into those that mirror its body.
/// Spec: 2026-07-28, Transports › Streamable HTTP.
public enum RoutingHeaders {
    /// Names the version of the request; equal to the body's in a modern revision.
    public static let protocolVersion = "MCP-Protocol-Version"
    /// Names the method of the body.
    public static let method = "Mcp-Method"
    /// Names the tool, prompt, resource or task of the body.
    public static let name = "Mcp-Name"
    /// Begins the names of fields that mirror arguments of a tool.
    public static let parameterPrefix = "Mcp-Param-"
    /// Names the session (legacy).
    public static let sessionId = "Mcp-Session-Id"
    /// Names the last event a client has seen (legacy).
    public static let lastEventId = "Last-Event-ID"

    /// The member of the params that `Mcp-Name` mirrors, or nil if a method has none.
    public static func nameMember(of method: String) -> String? {
        switch method {
        case Method.toolsCall, Method.promptsGet: "name"
        case Method.resourcesRead: "uri"
        case Method.tasksGet, Method.tasksUpdate, Method.tasksCancel: "taskId"
        default: nil
        }
    }

    /// The value of `Mcp-Name` for a request, not yet encoded; nil if its method has none or the member is no string.
    public static func name(method: String, params: RawJSON?) -> String? {
        nameMember(of: method).flatMap { params?[$0]?.string }
    }

    /// Checks the three fields of a modern request against its body: -32020 if one is missing, malformed or differs.
    ///
    /// - Parameter field: The value of a header field by its name, whatever the case; nil if it is absent.
    public static func verify(
        method: String, params: RawJSON?, protocolVersion: String, field: (String) -> String?
    ) throws(ProtocolError) {
        try verify(method: method, name: { name(method: method, params: params) }, protocolVersion: protocolVersion, field: field)
    }

    /// The same, with the value that `Mcp-Name` mirrors found by the caller.
    package static func verify(
        method: String, name mirrored: () -> String?, protocolVersion: String, field: (String) -> String?
    ) throws(ProtocolError) {
        try expect(protocolVersion, in: Self.protocolVersion, field(Self.protocolVersion))
        try expect(method, in: Self.method, field(Self.method))
        guard let expected = mirrored() else { return }
        guard let encoded = field(name) else { throw .headerMismatch("Header mismatch: \(name) is missing") }
        let value: String
        do throws(HeaderValue.Malformed) {
            value = try HeaderValue.decode(encoded)
        } catch {
            throw .headerMismatch("Header mismatch: \(name) is malformed: \(error.reason)")
        }
        guard value.hasSameBytes(as: expected) else {
            throw .headerMismatch("Header mismatch: \(name) header value '\(value)' does not match body value '\(expected)'")
        }
    }

    private static func expect(_ expected: String, in name: String, _ value: String?) throws(ProtocolError) {
        guard let value else { throw .headerMismatch("Header mismatch: \(name) is missing") }
        let trimmed = HeaderValue.trimmed(value)
        guard trimmed.hasSameBytes(as: expected) else {
            throw .headerMismatch("Header mismatch: \(name) header value '\(trimmed)' does not match body value '\(expected)'")
        }
    }
}
