public import InterlockJSON

/// The result of `prompts/get`. Spec: 2026-07-28, Server Features › Prompts.
public struct GetPromptResult: WireShape, WireResult {
    /// What the prompt is for.
    public var description: String?
    /// The prompt, filled in.
    public var messages: [PromptMessage]
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes the result.
    public init(messages: [PromptMessage], description: String? = nil, meta: Meta? = nil) {
        self.messages = messages
        self.description = description
        self.meta = meta
    }

    /// Reads the result.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        description = try object.optional("description")
        messages = try object.required("messages")
        meta = try object.optional("_meta")
    }

    /// Writes the result.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, context: context) { writer in
            writer.member("description", description, context)
            writer.member("messages", messages, context)
        }
    }
}
