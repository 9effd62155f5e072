public import InterlockJSON

/// The params of a request for one page of a list. Spec: 2026-07-28, Server Features › Pagination.
public struct PaginatedParams: WireShape {
    /// Where the page begins, as the server gave it; nil is the first page. The empty string is a cursor like any other.
    public var cursor: String?
    /// Metadata of the request.
    public var meta: Meta?

    /// Makes the params.
    public init(cursor: String? = nil, meta: Meta? = nil) {
        self.cursor = cursor
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        cursor = try object.optional("cursor")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("cursor", cursor, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
