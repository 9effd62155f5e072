public import InterlockJSON

/// The result of `resources/templates/list`: one page. Spec: 2026-07-28, Server Features › Resources.
public struct ListResourceTemplatesResult: WireShape, WireResult {
    /// The templates of this page.
    public var resourceTemplates: [ResourceTemplateDefinition]
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
        resourceTemplates: [ResourceTemplateDefinition], nextCursor: String? = nil, cacheHint: CacheHint? = nil, meta: Meta? = nil
    ) {
        self.resourceTemplates = resourceTemplates
        self.nextCursor = nextCursor
        self.cacheHint = cacheHint
        self.meta = meta
    }

    /// Reads a page.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        resourceTemplates = try object.required("resourceTemplates")
        nextCursor = try object.optional("nextCursor")
        cacheHint = try CacheHint(object)
        meta = try object.optional("_meta")
    }

    /// Writes a page.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, caching: .hinted(cacheHint), context: context) { writer in
            writer.member("resourceTemplates", resourceTemplates, context)
            writer.member("nextCursor", nextCursor, context)
        }
    }
}
