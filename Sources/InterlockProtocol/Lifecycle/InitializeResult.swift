public import InterlockJSON

/// The result of `initialize`. Spec: 2025-11-25, Base Protocol › Lifecycle.
public struct InitializeResult: WireShape, WireResult {
    /// The version the connection will use; a client that cannot speak it disconnects.
    public var protocolVersion: String
    /// What the server offers on this connection.
    public var capabilities: ServerCapabilities
    /// Which software the server is.
    public var serverInfo: Implementation
    /// How to use the server, for the model.
    public var instructions: String?
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes the result.
    public init(
        protocolVersion: String, capabilities: ServerCapabilities, serverInfo: Implementation,
        instructions: String? = nil, meta: Meta? = nil
    ) {
        self.protocolVersion = protocolVersion
        self.capabilities = capabilities
        self.serverInfo = serverInfo
        self.instructions = instructions
        self.meta = meta
    }

    /// Reads the result.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        protocolVersion = try object.required("protocolVersion")
        capabilities = try object.required("capabilities")
        serverInfo = try object.required("serverInfo")
        instructions = try object.optional("instructions")
        meta = try object.optional("_meta")
    }

    /// Writes the result.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, context: context) { writer in
            writer.member("protocolVersion", protocolVersion, context)
            writer.member("capabilities", capabilities, context)
            writer.member("serverInfo", serverInfo, context)
            writer.member("instructions", instructions, context)
        }
    }
}
