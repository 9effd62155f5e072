public import InterlockJSON

/// Sound, in a tool result or a message. Spec: 2026-07-28, Server Features › Tools.
public struct AudioContent: WireShape {
    /// The sound in base64.
    public var data: String
    /// Its media type, for example `audio/wav`.
    public var mimeType: String
    /// Hints for the client.
    public var annotations: Annotations?
    /// Metadata of the content.
    public var meta: Meta?

    /// Names the root `content` in messages about its shape.
    public static var wireRoot: String { "content" }

    /// Makes audio content from base64.
    public init(data: String, mimeType: String, annotations: Annotations? = nil, meta: Meta? = nil) {
        self.data = data
        self.mimeType = mimeType
        self.annotations = annotations
        self.meta = meta
    }

    /// Makes audio content from the sound's bytes.
    public init(bytes: some Collection<UInt8>, mimeType: String) {
        self.init(data: Base64.encode(bytes), mimeType: mimeType)
    }

    /// Reads audio content; its `type` has been looked at already.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        try self.init(WireObject(json))
    }

    package init(_ object: WireObject) throws(ShapeMismatch) {
        data = try object.required("data")
        mimeType = try object.required("mimeType")
        annotations = try object.optional("annotations")
        meta = try object.optional("_meta")
    }

    /// Writes audio content.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("type", "audio", context)
        writer.member("data", data, context)
        writer.member("mimeType", mimeType, context)
        writer.contentTail(annotations, meta, context)
        writer.endObject()
    }
}
