public import InterlockJSON

/// The contents of a resource, inside a tool result or a message. Spec: 2026-07-28, Server Features › Tools.
public struct EmbeddedResource: WireShape {
    /// The contents.
    public var resource: ResourceContents
    /// Hints for the client.
    public var annotations: Annotations?
    /// Metadata of the content.
    public var meta: Meta?

    /// Names the root `content` in messages about its shape.
    public static var wireRoot: String { "content" }

    /// Makes an embedded resource.
    public init(_ resource: ResourceContents, annotations: Annotations? = nil, meta: Meta? = nil) {
        self.resource = resource
        self.annotations = annotations
        self.meta = meta
    }

    /// Reads an embedded resource; its `type` has been looked at already.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        try self.init(WireObject(json))
    }

    package init(_ object: WireObject) throws(ShapeMismatch) {
        resource = try object.required("resource")
        annotations = try object.optional("annotations")
        meta = try object.optional("_meta")
    }

    /// Writes an embedded resource.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("type", "resource", context)
        writer.member("resource", resource, context)
        writer.contentTail(annotations, meta, context)
        writer.endObject()
    }
}
