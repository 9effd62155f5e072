public import InterlockJSON

/// The user's answer to an elicitation. Spec: 2026-07-28, Client Features › Elicitation.
public struct ElicitResult: WireShape {
    /// What the user did.
    public enum Action: String, WireEnumeration, Sendable, Hashable {
        /// Filled in the form, or agreed to open the URL; the latter says nothing about what happened there.
        case accept
        /// Said no.
        case decline
        /// Closed it without a choice.
        case cancel
    }

    /// What the user did.
    public var action: Action
    /// What the user entered: only with `accept` in form mode.
    public var content: JSONObject?
    /// Metadata of the answer (legacy).
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes an answer.
    public init(action: Action, content: JSONObject? = nil, meta: Meta? = nil) {
        self.action = action
        self.content = content
        self.meta = meta
    }

    /// The user filled in the form.
    public static func accept(_ content: JSONObject? = nil) -> ElicitResult {
        ElicitResult(action: .accept, content: content)
    }

    /// The user said no.
    public static let decline = ElicitResult(action: .decline)
    /// The user made no choice.
    public static let cancel = ElicitResult(action: .cancel)

    /// Reads an answer.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        action = try object.required("action")
        content = try object.optional("content")
        meta = try object.optional("_meta")
    }

    /// Writes an answer.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("action", action, context)
        writer.member("content", content, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
