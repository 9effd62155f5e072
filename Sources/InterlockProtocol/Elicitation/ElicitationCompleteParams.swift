public import InterlockJSON

/// The params of `notifications/elicitation/complete` (2025-11-25): the user is done with a URL.
public struct ElicitationCompleteParams: WireShape {
    /// Which elicitation.
    public var elicitationId: String

    /// Makes the params.
    public init(elicitationId: String) {
        self.elicitationId = elicitationId
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        elicitationId = try WireObject(json).required("elicitationId")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("elicitationId", elicitationId, context)
        writer.endObject()
    }
}
