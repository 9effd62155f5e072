public import InterlockJSON

/// One message of a prompt. Spec: 2026-07-28, Server Features › Prompts.
public struct PromptMessage: WireShape {
    /// Who says it.
    public var role: Role
    /// What is said.
    public var content: ContentBlock

    /// Names the root `message` in messages about its shape.
    public static var wireRoot: String { "message" }

    /// Makes a message.
    public init(role: Role, content: ContentBlock) {
        self.role = role
        self.content = content
    }

    /// A text of the user.
    public static func user(_ text: String) -> PromptMessage {
        PromptMessage(role: .user, content: .text(text))
    }

    /// A text of the assistant.
    public static func assistant(_ text: String) -> PromptMessage {
        PromptMessage(role: .assistant, content: .text(text))
    }

    /// Reads a message.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        role = try object.required("role")
        content = try object.required("content")
    }

    /// Writes a message.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("role", role, context)
        writer.member("content", content, context)
        writer.endObject()
    }
}
