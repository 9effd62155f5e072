public import InterlockJSON

/// One argument of a prompt. Values are always strings. Spec: 2026-07-28, Server Features › Prompts.
public struct PromptArgument: WireShape {
    /// The programmatic name.
    public var name: String
    /// The name for people.
    public var title: String?
    /// What it is for.
    public var description: String?
    /// Whether `prompts/get` must give it; nil means no.
    public var required: Bool?

    /// Names the root `argument` in messages about its shape.
    public static var wireRoot: String { "argument" }

    /// Describes an argument.
    public init(name: String, title: String? = nil, description: String? = nil, required: Bool? = nil) {
        self.name = name
        self.title = title
        self.description = description
        self.required = required
    }

    /// Reads a description.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        name = try object.required("name")
        title = try object.optional("title")
        description = try object.optional("description")
        required = try object.optional("required")
    }

    /// Writes what the revision knows of it.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("name", name, context)
        writer.member("title", if: context.revision.hasTitles, title, context)
        writer.member("description", description, context)
        writer.member("required", required, context)
        writer.endObject()
    }
}
