import InterlockTransport

/// What browsers want to hear before a page of another origin may use the endpoint (CORS).
enum CrossOriginFields {
    private static let allowedHeaders = [
        "content-type", "accept", "authorization", "last-event-id", "mcp-session-id", "mcp-protocol-version", "mcp-method", "mcp-name",
        "traceparent", "tracestate", "baggage",
    ]

    /// On every answer to a request of an allowed origin.
    static func answer(to origin: String) -> [(name: String, value: String)] {
        [
            ("access-control-allow-origin", origin),
            ("access-control-expose-headers", "Mcp-Session-Id, WWW-Authenticate, Retry-After"),
            ("vary", "Origin"),
        ]
    }

    /// The answer to a preflight, besides ``answer(to:)``. `Mcp-Param-*` fields are named by the tools' schemas, so those asked for are allowed.
    static func preflight(methods: String, requestedHeaders: String?) -> OutboundResponse {
        let parameters = (requestedHeaders ?? "").split(separator: ",").map { $0.trimmedField.lowercased() }
            .filter { $0.hasPrefix("mcp-param-") && $0.utf8.allSatisfy { $0 == UInt8(ascii: "-") || $0 > 0x2F && $0 < 0x7B } }
        return OutboundResponse(
            body: nil, status: 204,
            headers: [
                ("access-control-allow-methods", methods),
                ("access-control-allow-headers", (allowedHeaders + parameters).joined(separator: ", ")),
                ("access-control-max-age", "600"),
                ("allow", methods),
            ])
    }
}
