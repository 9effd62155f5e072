public import InterlockJSON

extension ProtocolError {
    /// The bytes were not one JSON text.
    public static func parseError(_ message: String) -> ProtocolError {
        ProtocolError(code: .parseError, message: message)
    }

    /// The JSON was not a JSON-RPC message, or not one that may be sent now.
    public static func invalidRequest(_ message: String) -> ProtocolError {
        ProtocolError(code: .invalidRequest, message: message)
    }

    /// The method does not exist, in this revision or on this server.
    public static func methodNotFound(_ method: String) -> ProtocolError {
        ProtocolError(code: .methodNotFound, message: "Method not found: \(method)")
    }

    /// The params do not have the method's shape, or name something unknown.
    public static func invalidParams(_ message: String, data: JSONValue? = nil) -> ProtocolError {
        ProtocolError(code: .invalidParams, message: message, data: data)
    }

    /// The server failed. The message goes to the peer, so it must not carry the cause.
    public static func internalError(_ message: String = "Internal error") -> ProtocolError {
        ProtocolError(code: .internalError, message: message)
    }

    /// A routing header is missing, malformed or differs from the body. Spec: 2026-07-28, Transports › Streamable HTTP.
    public static func headerMismatch(_ message: String) -> ProtocolError {
        ProtocolError(code: .headerMismatch, message: message)
    }

    /// The server does not implement `requested`; the client may retry with one of `supported`.
    /// Spec: 2026-07-28, Base Protocol › Versioning.
    public static func unsupportedProtocolVersion(
        requested: String, supported: [ProtocolRevision]
    ) -> ProtocolError {
        ProtocolError(
            code: .unsupportedProtocolVersion,
            message: "Unsupported protocol version: \(requested)",
            data: [
                "supported": .array(supported.map { .string($0.rawValue) }),
                "requested": .string(requested),
            ])
    }

    /// The request needs capabilities the client did not declare on it. Spec: 2026-07-28, Base Protocol › Capabilities.
    public static func missingRequiredClientCapability(
        _ required: ClientCapabilities, message: String? = nil
    ) -> ProtocolError {
        let object = required.encoded().value()
        let names = object.object.map { $0.keys.sorted().joined(separator: ", ") } ?? ""
        return ProtocolError(
            code: .missingRequiredClientCapability,
            message: message ?? "The client must declare these capabilities for this request: \(names)",
            data: ["requiredCapabilities": object])
    }

    /// There is no resource at `uri`. The code differs between revisions. Spec: 2026-07-28, Server Features › Resources.
    public static func resourceNotFound(uri: String, revision: ProtocolRevision) -> ProtocolError {
        ProtocolError(
            code: revision.resourceNotFoundCode,
            message: "Resource not found: \(uri)",
            data: ["uri": .string(uri)])
    }

    /// No tool has this name.
    public static func unknownTool(_ name: String) -> ProtocolError {
        .invalidParams("Unknown tool: \(name)")
    }

    /// No prompt has this name.
    public static func unknownPrompt(_ name: String) -> ProtocolError {
        .invalidParams("Unknown prompt: \(name)")
    }

    /// The cursor was not handed out by this list, or no longer holds. Spec: 2026-07-28, Server Features › Pagination.
    public static func invalidCursor() -> ProtocolError {
        .invalidParams("Invalid cursor: start again without one")
    }

    /// The user has to open these URLs before the request can succeed (2025-11-25 only).
    public static func urlElicitationRequired(_ elicitations: [ElicitParams], message: String) -> ProtocolError {
        let context = EncodingContext(revision: .v2025_11_25)
        return ProtocolError(
            code: .urlElicitationRequired, message: message,
            data: ["elicitations": .array(elicitations.map { $0.encoded(for: context).value() })])
    }

    /// The versions a server says it supports, of an ``ErrorCode/unsupportedProtocolVersion`` error; unknown ones left out.
    public var supportedVersions: [ProtocolRevision]? {
        guard code == .unsupportedProtocolVersion || code == .invalidParams else { return nil }
        return data?["supported"]?.array?.compactMap { $0.string.flatMap(ProtocolRevision.init(rawValue:)) }
    }

    /// The capabilities a server asks for, of an ``ErrorCode/missingRequiredClientCapability`` error.
    public var requiredCapabilities: ClientCapabilities? {
        guard code == .missingRequiredClientCapability, let value = data?["requiredCapabilities"] else { return nil }
        do {
            return try ClientCapabilities(decoding: RawJSON(value))
        } catch {
            return nil  // a malformed hint is no hint: the caller still has the error itself
        }
    }

    /// Whether the error says that a resource does not exist, in any revision's spelling.
    public var isResourceNotFound: Bool {
        code == .resourceNotFound || (code == .invalidParams && data?["uri"] != nil)
    }
}
