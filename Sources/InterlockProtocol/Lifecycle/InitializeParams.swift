public import InterlockJSON

/// The params of `initialize`, which opens a legacy connection. Spec: 2025-11-25, Base Protocol › Lifecycle.
public struct InitializeParams: WireShape {
    /// The version the client would like, whether this library knows it or not.
    public var protocolVersion: String
    /// What the client can do, for the whole connection.
    public var capabilities: ClientCapabilities
    /// Which software the client is.
    public var clientInfo: Implementation
    /// Metadata of the request.
    public var meta: Meta?

    /// Makes the params.
    public init(
        protocolVersion: String = ProtocolRevision.latestLegacy.rawValue, capabilities: ClientCapabilities,
        clientInfo: Implementation, meta: Meta? = nil
    ) {
        self.protocolVersion = protocolVersion
        self.capabilities = capabilities
        self.clientInfo = clientInfo
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        protocolVersion = try object.required("protocolVersion")
        capabilities = try object.required("capabilities")
        clientInfo = try object.required("clientInfo")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("protocolVersion", protocolVersion, context)
        writer.member("capabilities", capabilities, context)
        writer.member("clientInfo", clientInfo, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
