public import InterlockJSON

/// The params of `logging/setLevel` (legacy). Spec: 2025-11-25, Server Features › Logging.
public struct SetLevelParams: WireShape {
    /// The lowest level the client wants from now on.
    public var level: LoggingLevel
    /// Metadata of the request.
    public var meta: Meta?

    /// Makes the params.
    public init(level: LoggingLevel, meta: Meta? = nil) {
        self.level = level
        self.meta = meta
    }

    /// Reads the params; an unknown level is refused.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        level = try object.required("level")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("level", level, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
