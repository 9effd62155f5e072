public import InterlockJSON

/// The result of `resources/list`: one page. Spec: 2026-07-28, Server Features › Resources.
public struct ListResourcesResult: WireShape, WireResult {
    /// The resources of this page.
    public var resources: [ResourceDefinition]
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
        resources: [ResourceDefinition], nextCursor: String? = nil, cacheHint: CacheHint? = nil, meta: Meta? = nil
    ) {
        self.resources = resources
        self.nextCursor = nextCursor
        self.cacheHint = cacheHint
        self.meta = meta
    }

    /// Reads a page.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        resources = try object.required("resources")
        nextCursor = try object.optional("nextCursor")
        cacheHint = try CacheHint(object)
        meta = try object.optional("_meta")
    }

    /// Writes a page.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, caching: .hinted(cacheHint), context: context) { writer in
            writer.member("resources", resources, context)
            writer.member("nextCursor", nextCursor, context)
        }
    }
}
