public import InterlockJSON

/// The params of `subscriptions/listen`, and of `notifications/subscriptions/acknowledged`, which answers with the part of
/// the filter that is honoured and the subscription's id in `_meta`. Spec: 2026-07-28, Patterns › Subscriptions.
public struct SubscriptionsListenParams: WireShape {
    /// Which changes.
    public var notifications: SubscriptionFilter
    /// Metadata of the message.
    public var meta: Meta?

    /// Makes the params.
    public init(notifications: SubscriptionFilter, meta: Meta? = nil) {
        self.notifications = notifications
        self.meta = meta
    }

    /// Makes the params of the acknowledgement that opens a subscription's stream.
    public static func acknowledged(_ honoured: SubscriptionFilter, subscriptionId: RequestID) -> SubscriptionsAcknowledgedParams {
        var meta = Meta()
        meta.subscriptionId = subscriptionId
        return SubscriptionsListenParams(notifications: honoured, meta: meta)
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        notifications = try object.required("notifications")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("notifications", notifications, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}

/// The params of `notifications/subscriptions/acknowledged`.
public typealias SubscriptionsAcknowledgedParams = SubscriptionsListenParams
