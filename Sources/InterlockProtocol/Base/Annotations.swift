public import InterlockJSON

/// Hints about content or a resource for the client. Untrusted unless the server is. Spec: 2026-07-28, Server Features › Resources.
public struct Annotations: WireShape {
    /// For whom it is meant.
    public var audience: [Role]?
    /// How important it is, from 0 (optional) to 1 (required).
    public var priority: Double?
    /// When it last changed, ISO 8601.
    public var lastModified: String?

    /// Names the root `annotations` in messages about its shape.
    public static var wireRoot: String { "annotations" }

    /// Makes annotations.
    public init(audience: [Role]? = nil, priority: Double? = nil, lastModified: String? = nil) {
        self.audience = audience
        self.priority = priority
        self.lastModified = lastModified
    }

    /// Reads annotations.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        audience = try object.optional("audience")
        priority = try object.optional("priority")
        lastModified = try object.optional("lastModified")
    }

    /// Writes annotations.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("audience", audience, context)
        writer.member("priority", priority, context)
        writer.member("lastModified", if: context.revision.hasLastModified, lastModified, context)
        writer.endObject()
    }
}
