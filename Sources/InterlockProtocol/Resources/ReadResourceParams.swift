public import InterlockJSON

/// The params of `resources/read`. Spec: 2026-07-28, Server Features › Resources.
public struct ReadResourceParams: WireShape {
    /// Which resource.
    public var uri: String
    /// Answers to the `inputRequests` of an earlier round (modern).
    public var inputResponses: InputResponses?
    /// The opaque state of an earlier round, byte for byte (modern). Controlled by the client until its seal is checked.
    public var requestState: String?
    /// Metadata of the request.
    public var meta: Meta?

    /// Makes the params.
    public init(
        uri: String, inputResponses: InputResponses? = nil, requestState: String? = nil, meta: Meta? = nil
    ) {
        self.uri = uri
        self.inputResponses = inputResponses
        self.requestState = requestState
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        uri = try object.required("uri")
        inputResponses = try object.optional("inputResponses")
        requestState = try object.optional("requestState")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("uri", uri, context)
        writer.inputAnswers(inputResponses, requestState, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
