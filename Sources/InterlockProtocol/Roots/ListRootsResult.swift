public import InterlockJSON

/// The client's answer to `roots/list`. Spec: 2026-07-28, Client Features › Roots (deprecated there).
public struct ListRootsResult: WireShape {
    /// The roots.
    public var roots: [Root]
    /// Metadata of the answer (legacy).
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes the answer.
    public init(roots: [Root], meta: Meta? = nil) {
        self.roots = roots
        self.meta = meta
    }

    /// Reads the answer.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        roots = try object.required("roots")
        meta = try object.optional("_meta")
    }

    /// Writes the answer.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("roots", roots, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
