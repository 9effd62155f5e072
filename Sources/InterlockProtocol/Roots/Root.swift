public import InterlockJSON

/// A place the client lets the server work in. Spec: 2026-07-28, Client Features › Roots (deprecated there).
public struct Root: WireShape {
    /// Where it is: a `file:` URI.
    public var uri: String
    /// The name for people.
    public var name: String?
    /// Metadata of the root.
    public var meta: Meta?

    /// Names the root `root` in messages about its shape.
    public static var wireRoot: String { "root" }

    /// Makes a root.
    public init(uri: String, name: String? = nil, meta: Meta? = nil) {
        self.uri = uri
        self.name = name
        self.meta = meta
    }

    /// Reads a root.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        uri = try object.required("uri")
        name = try object.optional("name")
        meta = try object.optional("_meta")
    }

    /// Writes a root.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("uri", uri, context)
        writer.member("name", name, context)
        writer.member("_meta", if: context.revision.hasNestedMeta, meta, context)
        writer.endObject()
    }
}
