public import InterlockJSON

/// A modern server's answer that it needs input first: the client fulfils the requests and sends the original request again
/// with the responses and the state. Spec: 2026-07-28, Patterns › Multi Round-Trip Requests.
///
/// Only `tools/call`, `prompts/get` and `resources/read` may be answered so; see ``Method/mayRequireInput(_:in:)``.
public struct InputRequiredResult: WireShape, WireResult {
    /// What is needed; nil lets the client retry at once.
    public var inputRequests: InputRequests?
    /// Opaque to the client and echoed byte for byte. It comes back from an untrusted place: seal what matters.
    public var requestState: String?
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes a result that asks for input, with or without state.
    public init(inputRequests: InputRequests, requestState: String? = nil, meta: Meta? = nil) {
        self.inputRequests = inputRequests
        self.requestState = requestState
        self.meta = meta
    }

    /// Makes a result that only hands out state.
    public init(requestState: String, meta: Meta? = nil) {
        self.requestState = requestState
        self.meta = meta
    }

    /// Reads a result; one of its two members must be there.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        inputRequests = try object.optional("inputRequests")
        requestState = try object.optional("requestState")
        meta = try object.optional("_meta")
        guard inputRequests != nil || requestState != nil else {
            throw ShapeMismatch(problem: "expected \"inputRequests\" or \"requestState\", got neither")
        }
    }

    /// Writes a result; it never carries a cache hint.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(type: .inputRequired, meta: meta, context: context) { writer in
            writer.member("inputRequests", inputRequests, context)
            writer.member("requestState", requestState, context)
        }
    }
}
