public import InterlockJSON

/// A result that says no more than that the request succeeded. Spec: 2026-07-28, Base Protocol › Results.
public struct EmptyResult: WireShape, WireResult {
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes an empty result.
    public init(meta: Meta? = nil) {
        self.meta = meta
    }

    /// Reads any result object.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        meta = try WireObject(json).optional("_meta")
    }

    /// Writes the result object.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, context: context) { _ in }
    }
}
