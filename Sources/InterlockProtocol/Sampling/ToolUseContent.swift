public import InterlockJSON

/// A model's wish to call a tool, in a sampling message (2025-11-25 and later).
public struct ToolUseContent: WireShape {
    /// What the matching result refers to.
    public var id: String
    /// Which tool.
    public var name: String
    /// Its arguments, an object.
    public var input: RawJSON
    /// Metadata of the content.
    public var meta: Meta?

    /// Names the root `content` in messages about its shape.
    public static var wireRoot: String { "content" }

    /// Makes a tool use.
    public init(id: String, name: String, input: RawJSON = .emptyObject, meta: Meta? = nil) {
        self.id = id
        self.name = name
        self.input = input
        self.meta = meta
    }

    /// Reads a tool use.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        id = try object.required("id")
        name = try object.required("name")
        input = try object.required("input")
        meta = try object.optional("_meta")
    }

    /// Writes a tool use.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("type", "tool_use", context)
        writer.member("id", id, context)
        writer.member("name", name, context)
        writer.member("input", input, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
