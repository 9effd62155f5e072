public import InterlockJSON

/// The params of `notifications/message`: one log message, free of secrets. Spec: 2026-07-28, Server Features › Logging.
public struct LoggingMessageParams: WireShape {
    /// How severe it is.
    public var level: LoggingLevel
    /// Which part of the server speaks.
    public var logger: String?
    /// What it says: a string or any other JSON value.
    public var data: RawJSON
    /// Metadata of the notification.
    public var meta: Meta?

    /// Makes the params.
    public init(level: LoggingLevel, logger: String? = nil, data: RawJSON, meta: Meta? = nil) {
        self.level = level
        self.logger = logger
        self.data = data
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        level = try object.required("level")
        logger = try object.optional("logger")
        data = try object.required("data")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("level", level, context)
        writer.member("logger", logger, context)
        writer.member("data", data, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
