public import InterlockJSON

/// What a server would like of the model; the client decides. Spec: 2026-07-28, Client Features › Sampling (deprecated there).
public struct ModelPreferences: WireShape {
    /// Part of a model's name, for example `sonnet`.
    public struct Hint: WireShape {
        /// The part.
        public var name: String?

        /// Makes a hint.
        public init(name: String? = nil) {
            self.name = name
        }

        /// Reads a hint.
        public init(shape json: RawJSON) throws(ShapeMismatch) {
            name = try WireObject(json).optional("name")
        }

        /// Writes a hint.
        public func write(into writer: inout JSONWriter, context: EncodingContext) {
            writer.beginObject()
            writer.member("name", name, context)
            writer.endObject()
        }
    }

    /// Names to look for, the best first.
    public var hints: [Hint]?
    /// How much cost matters, 0 to 1.
    public var costPriority: Double?
    /// How much speed matters, 0 to 1.
    public var speedPriority: Double?
    /// How much ability matters, 0 to 1.
    public var intelligencePriority: Double?

    /// Names the root `modelPreferences` in messages about its shape.
    public static var wireRoot: String { "modelPreferences" }

    /// Makes preferences.
    public init(
        hints: [Hint]? = nil, costPriority: Double? = nil, speedPriority: Double? = nil,
        intelligencePriority: Double? = nil
    ) {
        self.hints = hints
        self.costPriority = costPriority
        self.speedPriority = speedPriority
        self.intelligencePriority = intelligencePriority
    }

    /// Reads preferences.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        hints = try object.optional("hints")
        costPriority = try object.optional("costPriority")
        speedPriority = try object.optional("speedPriority")
        intelligencePriority = try object.optional("intelligencePriority")
    }

    /// Writes preferences.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("hints", hints, context)
        writer.member("costPriority", costPriority, context)
        writer.member("speedPriority", speedPriority, context)
        writer.member("intelligencePriority", intelligencePriority, context)
        writer.endObject()
    }
}
