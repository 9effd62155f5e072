public import InterlockJSON

/// Hints about how a tool behaves. Untrusted unless the server is: never a basis for security decisions.
/// Spec: 2026-07-28, Server Features › Tools.
public struct ToolAnnotations: WireShape {
    /// The name for people; the tool's own `title` goes before it.
    public var title: String?
    /// The tool changes nothing. Default: false.
    public var readOnlyHint: Bool?
    /// The tool may destroy something; meaningful unless read-only. Default: true.
    public var destructiveHint: Bool?
    /// Calling it again with the same arguments has no further effect; meaningful unless read-only. Default: false.
    public var idempotentHint: Bool?
    /// The tool reaches out into an open world, such as the web. Default: true.
    public var openWorldHint: Bool?

    /// Names the root `annotations` in messages about its shape.
    public static var wireRoot: String { "annotations" }

    /// Makes annotations.
    public init(
        title: String? = nil, readOnlyHint: Bool? = nil, destructiveHint: Bool? = nil, idempotentHint: Bool? = nil,
        openWorldHint: Bool? = nil
    ) {
        self.title = title
        self.readOnlyHint = readOnlyHint
        self.destructiveHint = destructiveHint
        self.idempotentHint = idempotentHint
        self.openWorldHint = openWorldHint
    }

    /// Reads annotations.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        title = try object.optional("title")
        readOnlyHint = try object.optional("readOnlyHint")
        destructiveHint = try object.optional("destructiveHint")
        idempotentHint = try object.optional("idempotentHint")
        openWorldHint = try object.optional("openWorldHint")
    }

    /// Writes annotations.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("title", title, context)
        writer.member("readOnlyHint", readOnlyHint, context)
        writer.member("destructiveHint", destructiveHint, context)
        writer.member("idempotentHint", idempotentHint, context)
        writer.member("openWorldHint", openWorldHint, context)
        writer.endObject()
    }
}
