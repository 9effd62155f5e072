public import InterlockJSON

/// The params that name one resource: of `resources/subscribe` and `resources/unsubscribe` (legacy) and of
/// `notifications/resources/updated`. Spec: 2026-07-28, Server Features › Resources.
public struct ResourceParams: WireShape {
    /// Which resource; in an update it may lie below the one subscribed to.
    public var uri: String
    /// Metadata of the message.
    public var meta: Meta?

    /// Makes the params.
    public init(uri: String, meta: Meta? = nil) {
        self.uri = uri
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        uri = try object.required("uri")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("uri", uri, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}

/// The params of `resources/subscribe`.
public typealias SubscribeParams = ResourceParams
/// The params of `resources/unsubscribe`.
public typealias UnsubscribeParams = ResourceParams
/// The params of `notifications/resources/updated`.
public typealias ResourceUpdatedParams = ResourceParams
