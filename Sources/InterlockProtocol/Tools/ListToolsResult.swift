public import InterlockJSON

/// The result of `tools/list`: one page. Spec: 2026-07-28, Server Features › Tools.
public struct ListToolsResult: WireShape, WireResult {
    /// The tools of this page, in an order that does not change by itself.
    public var tools: [ToolDefinition]
    /// Where the next page begins; nil after the last. The empty string is a cursor like any other.
    public var nextCursor: String?
    /// How long the result stays fresh, and for whom; nil takes the context's.
    public var cacheHint: CacheHint?
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes a page.
    public init(tools: [ToolDefinition], nextCursor: String? = nil, cacheHint: CacheHint? = nil, meta: Meta? = nil) {
        self.tools = tools
        self.nextCursor = nextCursor
        self.cacheHint = cacheHint
        self.meta = meta
    }

    /// Reads a page.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        tools = try object.required("tools")
        nextCursor = try object.optional("nextCursor")
        cacheHint = try CacheHint(object)
        meta = try object.optional("_meta")
    }

    /// Writes a page.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, caching: .hinted(cacheHint), context: context) { writer in
            writer.member("tools", tools, context)
            writer.member("nextCursor", nextCursor, context)
        }
    }
}
