public import InterlockJSON

/// The result of `completion/complete`. Spec: 2026-07-28, Server Features › Completion.
public struct CompleteResult: WireShape, WireResult {
    /// The most values a result may carry.
    public static let maximumValues = 100

    /// The proposals, best first; only the first 100 are written.
    public var values: [String]
    /// How many there are in all, if known.
    public var total: Int?
    /// Whether there are more than these; set by writing when values had to be cut.
    public var hasMore: Bool?
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes the result.
    public init(values: [String], total: Int? = nil, hasMore: Bool? = nil, meta: Meta? = nil) {
        self.values = values
        self.total = total
        self.hasMore = hasMore
        self.meta = meta
    }

    /// Reads the result.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        meta = try object.optional("_meta")
        let completion: RawJSON = try object.required("completion")
        do throws(ShapeMismatch) {
            let object = try WireObject(completion)
            values = try object.required("values")
            total = try object.optional("total")
            hasMore = try object.optional("hasMore")
        } catch {
            throw error.inside("completion")
        }
    }

    /// Writes the result.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        let isCut = values.count > Self.maximumValues
        writer.result(meta: meta, context: context) { writer in
            writer.key("completion")
            writer.beginObject()
            writer.member("values", Array(values.prefix(Self.maximumValues)), context)
            writer.member("total", total ?? (isCut ? values.count : nil), context)
            writer.member("hasMore", isCut ? true : hasMore, context)
            writer.endObject()
        }
    }
}
