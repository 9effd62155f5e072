public import InterlockJSON

/// Text, in a tool result or a message. Spec: 2026-07-28, Server Features › Tools.
public struct TextContent: WireShape {
    /// The text.
    public var text: String
    /// Hints for the client.
    public var annotations: Annotations?
    /// Metadata of the content.
    public var meta: Meta?

    /// Names the root `content` in messages about its shape.
    public static var wireRoot: String { "content" }

    /// Makes text content.
    public init(_ text: String, annotations: Annotations? = nil, meta: Meta? = nil) {
        self.text = text
        self.annotations = annotations
        self.meta = meta
    }

    /// Reads text content; its `type` has been looked at already.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        try self.init(WireObject(json))
    }

    package init(_ object: WireObject) throws(ShapeMismatch) {
        text = try object.required("text")
        annotations = try object.optional("annotations")
        meta = try object.optional("_meta")
    }

    /// Writes text content.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.constant(#"{"type":"text","text":"#, endsValue: false)
        writer.string(text)
        if annotations != nil || meta != nil { writer.contentTail(annotations, meta, context) }
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes what every kind of content may carry.
    package mutating func contentTail(_ annotations: Annotations?, _ meta: Meta?, _ context: EncodingContext) {
        member("annotations", annotations, context)
        member("_meta", if: context.revision.hasNestedMeta, meta, context)
    }
}
