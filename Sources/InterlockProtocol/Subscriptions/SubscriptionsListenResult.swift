public import InterlockJSON

/// The last message of a subscription the server ends. Spec: 2026-07-28, Patterns › Subscriptions.
public struct SubscriptionsListenResult: WireShape, WireResult {
    /// The id of the `subscriptions/listen` request, with its JSON type.
    public var subscriptionId: RequestID
    /// Other metadata of the result.
    public var meta: Meta

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes the result.
    public init(subscriptionId: RequestID, meta: Meta = Meta()) {
        self.subscriptionId = subscriptionId
        var meta = meta
        meta.subscriptionId = subscriptionId
        self.meta = meta
    }

    /// Reads the result.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        meta = try WireObject(json).required("_meta")
        guard let id = meta.subscriptionId else {
            throw ShapeMismatch.missing(MetaKey.subscriptionId).inside("_meta")
        }
        subscriptionId = id
    }

    /// Writes the result.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, context: context) { _ in }
    }
}
