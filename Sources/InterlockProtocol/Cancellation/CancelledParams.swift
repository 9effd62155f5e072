public import InterlockJSON

/// The params of `notifications/cancelled`. Spec: 2026-07-28, Patterns › Cancellation.
public struct CancelledParams: WireShape {
    /// The request the sender no longer wants answered; unknown and finished ones are ignored. Absent (2025-11-25 only)
    /// means that a task is meant.
    public var requestId: RequestID?
    /// Why, for logs and people.
    public var reason: String?
    /// Metadata of the notification.
    public var meta: Meta?

    /// Makes the params.
    public init(requestId: RequestID, reason: String? = nil, meta: Meta? = nil) {
        self.requestId = requestId
        self.reason = reason
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        requestId = try object.optional("requestId")
        reason = try object.optional("reason")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("requestId", requestId, context)
        writer.member("reason", reason, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
