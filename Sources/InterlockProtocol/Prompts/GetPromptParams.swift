public import InterlockJSON

/// The params of `prompts/get`. Spec: 2026-07-28, Server Features › Prompts.
public struct GetPromptParams: WireShape {
    /// Which prompt.
    public var name: String
    /// What to fill in.
    public var arguments: OrderedMap<String>?
    /// Answers to the `inputRequests` of an earlier round (modern).
    public var inputResponses: InputResponses?
    /// The opaque state of an earlier round, byte for byte (modern). Controlled by the client until its seal is checked.
    public var requestState: String?
    /// Metadata of the request.
    public var meta: Meta?

    /// Makes the params.
    public init(
        name: String, arguments: OrderedMap<String>? = nil, inputResponses: InputResponses? = nil,
        requestState: String? = nil, meta: Meta? = nil
    ) {
        self.name = name
        self.arguments = arguments
        self.inputResponses = inputResponses
        self.requestState = requestState
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        name = try object.required("name")
        arguments = try object.optional("arguments")
        inputResponses = try object.optional("inputResponses")
        requestState = try object.optional("requestState")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("name", name, context)
        writer.member("arguments", arguments, context)
        writer.inputAnswers(inputResponses, requestState, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
