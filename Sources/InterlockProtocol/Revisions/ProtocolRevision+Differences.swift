/// Every difference between the revisions, by name: the one place that knows in which revision a thing appeared or went.
extension ProtocolRevision {
    /// Whether requests carry their own metadata and the server keeps nothing between them (2026-07-28 and later).
    public var isModern: Bool { self >= .v2026_07_28 }
    /// Whether a connection starts with `initialize` and `notifications/initialized`.
    public var hasHandshake: Bool { !isModern }
    /// Whether a server may send requests of its own (`ping`, `roots/list`, `sampling/createMessage`, `elicitation/create`).
    public var hasServerRequests: Bool { !isModern }
    /// Whether Streamable HTTP may have sessions (`Mcp-Session-Id`), a GET stream and DELETE.
    public var hasSessions: Bool { hasStreamableHTTP && !isModern }
    /// Whether `ping` exists.
    public var hasPing: Bool { !isModern }

    // MARK: Messages and transports

    /// Whether a JSON array of messages must be accepted. Only 2025-03-26 has batches.
    public var hasBatches: Bool { self == .v2025_03_26 }
    /// Whether the HTTP transport is Streamable HTTP (before: HTTP+SSE with two endpoints).
    public var hasStreamableHTTP: Bool { self >= .v2025_03_26 }
    /// Whether HTTP requests after the handshake must name their version in `MCP-Protocol-Version`.
    public var requiresVersionHeader: Bool { self >= .v2025_06_18 }
    /// Whether `Mcp-Method`, `Mcp-Name` and `Mcp-Param-*` mirror the body.
    public var hasRoutingHeaders: Bool { isModern }
    /// Whether an SSE stream may start with an event that has an id and no data, and be closed early with `retry`.
    public var hasPrimingEvent: Bool { self == .v2025_11_25 }
    /// Whether an SSE stream can be resumed with `Last-Event-ID`.
    public var hasResumableStreams: Bool { hasSessions }
    /// Whether a client that closes its HTTP response stream has thereby cancelled the request.
    public var disconnectCancels: Bool { isModern }
    /// Whether an invalid `Origin` must be answered with 403 exactly.
    public var requiresForbiddenForBadOrigin: Bool { self >= .v2025_11_25 }

    // MARK: Results

    /// Whether every result carries `resultType`.
    public var hasResultType: Bool { isModern }
    /// Whether results of lists, reads and discovery carry `ttlMs` and `cacheScope`.
    public var hasCacheHints: Bool { isModern }
    /// Whether every result should name the server in `_meta`.
    public var hasServerInfoInResults: Bool { isModern }
    /// Whether a call may be answered with requests for more input (`InputRequiredResult`).
    public var hasMultiRoundTrip: Bool { isModern }
    /// Whether changes are subscribed to with `subscriptions/listen`.
    public var hasSubscriptionsListen: Bool { isModern }
    /// Whether `resources/subscribe` and `resources/unsubscribe` exist.
    public var hasResourceSubscribe: Bool { !isModern }
    /// Whether the log level of a connection is set with `logging/setLevel` (modern: per request, in `_meta`).
    public var hasSetLevel: Bool { !isModern }
    /// The code of the error for a resource that does not exist.
    public var resourceNotFoundCode: ErrorCode { isModern ? .invalidParams : .resourceNotFound }

    // MARK: Tools

    /// Whether tools carry behaviour hints.
    public var hasToolAnnotations: Bool { self >= .v2025_03_26 }
    /// Whether tools have `outputSchema` and results `structuredContent`.
    public var hasStructuredContent: Bool { self >= .v2025_06_18 }
    /// Whether `structuredContent` must be an object, and both schemas of a tool of root type object.
    public var structuredContentMustBeObject: Bool { !isModern }
    /// Whether arguments that fail the input schema are a tool result with `isError` instead of a protocol error.
    public var inputValidationIsToolError: Bool { self >= .v2025_11_25 }
    /// Whether tasks are part of the core: `execution.taskSupport`, the `task` parameter, `tasks/*`.
    public var hasCoreTasks: Bool { self == .v2025_11_25 }

    // MARK: Shapes

    /// Whether definitions and `Implementation` have `title`.
    public var hasTitles: Bool { self >= .v2025_06_18 }
    /// Whether definitions and `Implementation` have `icons`.
    public var hasIcons: Bool { self >= .v2025_11_25 }
    /// Whether `Implementation` has `description` and `websiteUrl`.
    public var hasImplementationDetails: Bool { self >= .v2025_11_25 }
    /// Whether definitions, content and resource contents carry `_meta` (results and params always may).
    public var hasNestedMeta: Bool { self >= .v2025_06_18 }
    /// Whether annotations have `lastModified`.
    public var hasLastModified: Bool { self >= .v2025_06_18 }
    /// Whether content may be audio.
    public var hasAudio: Bool { self >= .v2025_03_26 }
    /// Whether content may be a link to a resource.
    public var hasResourceLinks: Bool { self >= .v2025_06_18 }
    /// Whether progress notifications have `message`.
    public var hasProgressMessage: Bool { self >= .v2025_03_26 }

    // MARK: Capabilities and client features

    /// Whether servers declare `completions`.
    public var hasCompletionsCapability: Bool { self >= .v2025_03_26 }
    /// Whether completion requests carry `context.arguments`.
    public var hasCompletionContext: Bool { self >= .v2025_06_18 }
    /// Whether capabilities have an `extensions` map. Older revisions leave the set open, so 2025-11-25 peers use it too.
    public var hasExtensions: Bool { self >= .v2025_11_25 }
    /// Whether roots change notifications exist, and with them `roots.listChanged`.
    public var hasRootsListChanged: Bool { !isModern }
    /// Whether a server can ask the user by a form.
    public var hasElicitation: Bool { self >= .v2025_06_18 }
    /// Whether a server can ask the user to open a URL; elicitation then names its `mode`.
    public var hasURLElicitation: Bool { self >= .v2025_11_25 }
    /// Whether URL elicitations have an `elicitationId` and a completion notification.
    public var hasElicitationID: Bool { self == .v2025_11_25 }
    /// Whether form fields have defaults beyond booleans, `oneOf` titles and multiple choice.
    public var hasRichForms: Bool { self >= .v2025_11_25 }
    /// Whether sampling may use tools and messages may have several content blocks.
    public var hasSamplingTools: Bool { self >= .v2025_11_25 }
}
