public import InterlockJSON

/// What a tool returned for a model's tool use, in a sampling message (2025-11-25 and later).
public struct ToolResultContent: WireShape {
    /// The `id` of the tool use it answers.
    public var toolUseId: String
    /// What the tool returned.
    public var result: CallToolResult

    /// Names the root `content` in messages about its shape.
    public static var wireRoot: String { "content" }

    /// Makes a tool result.
    public init(toolUseId: String, result: CallToolResult) {
        self.toolUseId = toolUseId
        self.result = result
    }

    /// Reads a tool result.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        toolUseId = try WireObject(json).required("toolUseId")
        result = try CallToolResult(shape: json)
    }

    /// Writes a tool result.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("type", "tool_result", context)
        writer.member("toolUseId", toolUseId, context)
        writer.member("content", result.content, context)
        let mustBeObject = context.revision.structuredContentMustBeObject
        let fits = !mustBeObject || result.structuredContent?.kind == .object
        writer.member("structuredContent", if: fits, result.structuredContent, context)
        writer.member("isError", result.isError ? true : nil, context)
        writer.member("_meta", result.meta, context)
        writer.endObject()
    }
}
