public import InterlockJSON

/// The result of `server/discover`: versions and capabilities of a modern server. Spec: 2026-07-28, Base Protocol › Discovery.
public struct DiscoverResult: WireShape, WireResult {
    /// The versions the server implements, whether this library knows them or not.
    public var supportedVersions: [String]
    /// What the server offers.
    public var capabilities: ServerCapabilities
    /// How to use the server, for the model.
    public var instructions: String?
    /// How long the result stays fresh, and for whom; nil takes the context's.
    public var cacheHint: CacheHint?
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes the result.
    public init(
        supportedVersions: [String], capabilities: ServerCapabilities, instructions: String? = nil,
        cacheHint: CacheHint? = nil, meta: Meta? = nil
    ) {
        self.supportedVersions = supportedVersions
        self.capabilities = capabilities
        self.instructions = instructions
        self.cacheHint = cacheHint
        self.meta = meta
    }

    /// Reads the result.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        supportedVersions = try object.required("supportedVersions")
        capabilities = try object.required("capabilities")
        instructions = try object.optional("instructions")
        cacheHint = try CacheHint(object)
        meta = try object.optional("_meta")
    }

    /// Writes the result.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, caching: .hinted(cacheHint), context: context) { writer in
            writer.member("supportedVersions", supportedVersions, context)
            writer.member("capabilities", capabilities, context)
            writer.member("instructions", instructions, context)
        }
    }
}
