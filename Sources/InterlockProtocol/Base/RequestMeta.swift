public import InterlockJSON

/// What a modern request says about itself and its sender, read strictly and in one pass.
///
/// Nothing in it may be remembered for the next request: a modern server infers nothing from earlier ones.
/// Spec: 2026-07-28, Base Protocol › `_meta`.
public struct RequestMeta: Sendable, Hashable {
    /// The version the request is written in, whether this library knows it or not.
    public var protocolVersion: String
    /// What the client can do.
    public var clientCapabilities: ClientCapabilities
    /// Which software sends the request, if it says so.
    public var clientInfo: Implementation?
    /// The lowest level of log messages wanted; nil means that none may be sent.
    public var logLevel: LoggingLevel?
    /// The token for progress notifications; nil means that none may be sent.
    public var progressToken: ProgressToken?
    /// The caller's span in W3C Trace Context form.
    public var traceparent: String?
    /// Vendors' additions to the trace context.
    public var tracestate: String?
    /// W3C Baggage.
    public var baggage: String?

    /// Makes request metadata.
    public init(
        protocolVersion: String = ProtocolRevision.latest.rawValue,
        clientCapabilities: ClientCapabilities = ClientCapabilities(),
        clientInfo: Implementation? = nil, logLevel: LoggingLevel? = nil, progressToken: ProgressToken? = nil
    ) {
        self.protocolVersion = protocolVersion
        self.clientCapabilities = clientCapabilities
        self.clientInfo = clientInfo
        self.logLevel = logLevel
        self.progressToken = progressToken
    }

    /// Reads `_meta` of a modern request's params; a missing required member is -32602.
    public init(params: RawJSON?) throws(ProtocolError) {
        try self.init(member: params?["_meta"])
    }

    /// Reads the value of `_meta`; see ``init(params:)``.
    package init(member json: RawJSON?) throws(ProtocolError) {
        do throws(ShapeMismatch) {
            guard let json else { throw .missing("_meta") }
            do throws(ShapeMismatch) {
                try self.init(json)
            } catch {
                throw error.inside("_meta")
            }
        } catch {
            throw .invalidParams(error.message(root: "params"))
        }
    }

    private init(_ json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        protocolVersion = try object.required(MetaKey.protocolVersion)
        clientCapabilities = try object.required(MetaKey.clientCapabilities)
        clientInfo = try object.optional(MetaKey.clientInfo)
        logLevel = try object.optional(MetaKey.logLevel)
        progressToken = try object.optional(MetaKey.progressToken)
        traceparent = try object.optional(MetaKey.traceparent)
        tracestate = try object.optional(MetaKey.tracestate)
        baggage = try object.optional(MetaKey.baggage)
    }

    /// The same as `_meta` members, for a client to send; `extra` is kept, the members of the specification win.
    public func meta(adding extra: Meta? = nil) -> Meta {
        var meta = extra ?? Meta()
        var object = meta.object
        object[MetaKey.protocolVersion] = .string(protocolVersion)
        object[MetaKey.clientCapabilities] = clientCapabilities.encoded().value()
        meta.object = object
        if let clientInfo { meta.clientInfo = clientInfo }
        if let logLevel { meta.logLevel = logLevel }
        if let progressToken { meta.progressToken = progressToken }
        if let traceparent { meta.traceparent = traceparent }
        if let tracestate { meta.tracestate = tracestate }
        if let baggage { meta.baggage = baggage }
        return meta
    }
}
