public import InterlockJSON

/// The result of `prompts/list`: one page. Spec: 2026-07-28, Server Features › Prompts.
public struct ListPromptsResult: WireShape, WireResult {
    /// The prompts of this page.
    public var prompts: [PromptDefinition]
    /// Where the next page begins; nil after the last. The empty string is a cursor like any other.
    public var nextCursor: String?
    /// How long the result stays fresh, and for whom; nil takes the context's.
    public var cacheHint: CacheHint?
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes a page.
    public init(
        prompts: [PromptDefinition], nextCursor: String? = nil, cacheHint: CacheHint? = nil, meta: Meta? = nil
    ) {
        self.prompts = prompts
        self.nextCursor = nextCursor
        self.cacheHint = cacheHint
        self.meta = meta
    }

    /// Reads a page.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        prompts = try object.required("prompts")
        nextCursor = try object.optional("nextCursor")
        cacheHint = try CacheHint(object)
        meta = try object.optional("_meta")
    }

    /// Writes a page.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, caching: .hinted(cacheHint), context: context) { writer in
            writer.member("prompts", prompts, context)
            writer.member("nextCursor", nextCursor, context)
        }
    }
}
