public import InterlockJSON

/// Whether the model may, must or must not use the tools of a sampling request (2025-11-25 and later).
public struct ToolChoice: WireShape {
    /// The choices.
    public enum Mode: String, WireEnumeration, Sendable, Hashable {
        /// The model decides. The default.
        case auto
        /// It must use at least one.
        case required
        /// It must use none.
        case none
    }

    /// The choice; nil means `auto`.
    public var mode: Mode?

    /// Makes a choice.
    public init(_ mode: Mode? = nil) {
        self.mode = mode
    }

    /// Reads a choice.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        mode = try WireObject(json).optional("mode")
    }

    /// Writes a choice.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("mode", mode, context)
        writer.endObject()
    }
}
