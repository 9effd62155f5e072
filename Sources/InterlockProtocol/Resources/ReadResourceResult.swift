public import InterlockJSON

/// The result of `resources/read`: never empty, a resource that does not exist is an error.
/// Spec: 2026-07-28, Server Features › Resources.
public struct ReadResourceResult: WireShape, WireResult {
    /// The contents; several for a resource that stands for others.
    public var contents: [ResourceContents]
    /// How long the result stays fresh, and for whom; nil takes the context's.
    public var cacheHint: CacheHint?
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes the result.
    public init(contents: [ResourceContents], cacheHint: CacheHint? = nil, meta: Meta? = nil) {
        self.contents = contents
        self.cacheHint = cacheHint
        self.meta = meta
    }

    /// Reads the result.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        contents = try object.required("contents")
        cacheHint = try CacheHint(object)
        meta = try object.optional("_meta")
    }

    /// Writes the result.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, caching: .hinted(cacheHint), context: context) { writer in
            writer.member("contents", contents, context)
        }
    }
}
