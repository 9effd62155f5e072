public import InterlockJSON

/// The client's answer to `sampling/createMessage`. Spec: 2026-07-28, Client Features › Sampling (deprecated there).
public struct CreateMessageResult: WireShape {
    /// Why the model stopped; providers add values.
    public struct StopReason: RawRepresentable, Sendable, Hashable {
        /// The string of the wire.
        public var rawValue: String
        /// Wraps a string from the wire, known or not.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// It had said all.
        public static let endTurn = StopReason(rawValue: "endTurn")
        /// It came to a stop sequence.
        public static let stopSequence = StopReason(rawValue: "stopSequence")
        /// It reached the limit of tokens.
        public static let maxTokens = StopReason(rawValue: "maxTokens")
        /// It wants to use tools.
        public static let toolUse = StopReason(rawValue: "toolUse")
    }

    /// Who says it: the assistant.
    public var role: Role
    /// What it says.
    public var content: SamplingContent
    /// Which model it was.
    public var model: String
    /// Why it stopped, if known.
    public var stopReason: StopReason?
    /// Metadata of the answer.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes the answer.
    public init(
        role: Role = .assistant, content: SamplingContent, model: String, stopReason: StopReason? = nil,
        meta: Meta? = nil
    ) {
        self.role = role
        self.content = content
        self.model = model
        self.stopReason = stopReason
        self.meta = meta
    }

    /// Reads the answer.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        role = try object.required("role")
        content = try object.required("content")
        model = try object.required("model")
        stopReason = try object.optional("stopReason", as: String.self).map(StopReason.init(rawValue:))
        meta = try object.optional("_meta")
    }

    /// Writes the answer.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("role", role, context)
        writer.member("content", content, context)
        writer.member("model", model, context)
        writer.member("stopReason", stopReason?.rawValue, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
