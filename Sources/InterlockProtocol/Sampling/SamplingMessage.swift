public import InterlockJSON

/// One message of a conversation with a model. Spec: 2026-07-28, Client Features › Sampling (deprecated there).
public struct SamplingMessage: WireShape {
    /// Who says it.
    public var role: Role
    /// What is said. A user message with tool results has nothing else.
    public var content: SamplingContent
    /// Metadata of the message.
    public var meta: Meta?

    /// Names the root `message` in messages about its shape.
    public static var wireRoot: String { "message" }

    /// Makes a message.
    public init(role: Role, content: SamplingContent, meta: Meta? = nil) {
        self.role = role
        self.content = content
        self.meta = meta
    }

    /// A text of the user.
    public static func user(_ text: String) -> SamplingMessage {
        SamplingMessage(role: .user, content: .text(text))
    }

    /// A text of the assistant.
    public static func assistant(_ text: String) -> SamplingMessage {
        SamplingMessage(role: .assistant, content: .text(text))
    }

    /// Reads a message.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        role = try object.required("role")
        content = try object.required("content")
        meta = try object.optional("_meta")
    }

    /// Writes a message.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("role", role, context)
        writer.member("content", content, context)
        writer.member("_meta", if: context.revision.hasSamplingTools, meta, context)
        writer.endObject()
    }
}
