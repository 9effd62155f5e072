public import InterlockJSON

/// The params of a request or notification that has none of its own: `_meta` and nothing else.
///
/// Used by `ping`, `server/discover`, `roots/list`, `notifications/initialized` and the list-changed notifications.
/// Spec: 2026-07-28, Base Protocol › Requests.
public struct RequestParams: WireShape {
    /// Metadata of the message.
    public var meta: Meta?

    /// Makes params with nothing but metadata.
    public init(meta: Meta? = nil) {
        self.meta = meta
    }

    /// Reads any params object.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        meta = try WireObject(json).optional("_meta")
    }

    /// Writes the params object.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
