public import InterlockJSON

/// The result of `tools/call`. Spec: 2026-07-28, Server Features › Tools.
public struct CallToolResult: WireShape, WireResult {
    /// What the model reads.
    public var content: [ContentBlock]
    /// What programs read: any JSON value, before 2026-07-28 only an object; nil is none, `null` is a value.
    public var structuredContent: RawJSON?
    /// The tool ran and failed: the content says why, and the model may try otherwise.
    public var isError: Bool
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes a result.
    public init(
        content: [ContentBlock], structuredContent: RawJSON? = nil, isError: Bool = false, meta: Meta? = nil
    ) {
        self.content = content
        self.structuredContent = structuredContent
        self.isError = isError
        self.meta = meta
    }

    /// A result of one text.
    public static func text(_ text: String) -> CallToolResult {
        CallToolResult(content: [.text(text)])
    }

    /// A failure the model may react to: invalid arguments, a refused operation, an upstream error.
    public static func error(_ message: String) -> CallToolResult {
        CallToolResult(content: [.text(message)], isError: true)
    }

    /// A result for programs, with its JSON as text for readers of content, as the specification advises.
    public static func structured(_ value: RawJSON) -> CallToolResult {
        CallToolResult(content: [.text(value.description)], structuredContent: value)
    }

    /// Reads a result; absent `content`, as some old servers send beside structured content, counts as empty.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        structuredContent = object.member("structuredContent")
        if let content: [ContentBlock] = try object.optional("content") {
            self.content = content
        } else if structuredContent != nil {
            content = []
        } else {
            throw .missing("content")
        }
        isError = try object.optional("isError") ?? false
        meta = try object.optional("_meta")
    }

    /// Writes the result; structured content a revision cannot carry becomes text if there is no other content.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, context: context) { writer in
            let structured = structuredContent(for: context.revision)
            writer.key("content")
            writer.beginArray()
            for block in content { block.write(into: &writer, context: context) }
            if content.isEmpty, structured == nil, let structuredContent {
                TextContent(structuredContent.description).write(into: &writer, context: context)
            }
            writer.endArray()
            if let structured {
                writer.key("structuredContent")
                writer.raw(structured)
            }
            if isError {
                writer.key("isError")
                writer.bool(true)
            }
        }
    }

    private func structuredContent(for revision: ProtocolRevision) -> RawJSON? {
        guard revision.hasStructuredContent, let structuredContent else { return nil }
        return revision.structuredContentMustBeObject && structuredContent.kind != .object ? nil : structuredContent
    }
}
