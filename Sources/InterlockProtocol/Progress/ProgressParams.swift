public import InterlockJSON

/// The params of `notifications/progress`. Spec: 2026-07-28, Patterns › Progress.
public struct ProgressParams: WireShape {
    /// The token of the request that asked for progress.
    public var progressToken: ProgressToken
    /// How far it is: strictly larger with every notification.
    public var progress: Double
    /// Where it ends, if that is known.
    public var total: Double?
    /// What is being done, for people.
    public var message: String?
    /// Metadata of the notification.
    public var meta: Meta?

    /// Makes the params.
    public init(
        progressToken: ProgressToken, progress: Double, total: Double? = nil, message: String? = nil, meta: Meta? = nil
    ) {
        self.progressToken = progressToken
        self.progress = progress
        self.total = total
        self.message = message
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        progressToken = try object.required("progressToken")
        progress = try object.required("progress")
        total = try object.optional("total")
        message = try object.optional("message")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("progressToken", progressToken, context)
        writer.member("progress", progress, context)
        writer.member("total", total, context)
        writer.member("message", if: context.revision.hasProgressMessage, message, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
