public import InterlockJSON

/// A prompt as `prompts/list` describes it. Spec: 2026-07-28, Server Features › Prompts.
public struct PromptDefinition: WireShape {
    /// The name `prompts/get` uses.
    public var name: String
    /// The name for people.
    public var title: String?
    /// What it is for.
    public var description: String?
    /// What it can be filled in with.
    public var arguments: [PromptArgument]?
    /// Images to show beside the name.
    public var icons: [Icon]?
    /// Metadata of the definition.
    public var meta: Meta?

    /// Names the root `prompt` in messages about its shape.
    public static var wireRoot: String { "prompt" }

    /// Describes a prompt.
    public init(
        name: String, title: String? = nil, description: String? = nil, arguments: [PromptArgument]? = nil,
        icons: [Icon]? = nil, meta: Meta? = nil
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.arguments = arguments
        self.icons = icons
        self.meta = meta
    }

    /// Reads a description.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        name = try object.required("name")
        title = try object.optional("title")
        description = try object.optional("description")
        arguments = try object.optional("arguments")
        icons = try object.optional("icons")
        meta = try object.optional("_meta")
    }

    /// Writes what the revision knows of it.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("name", name, context)
        writer.member("title", if: context.revision.hasTitles, title, context)
        writer.member("description", description, context)
        writer.member("arguments", arguments, context)
        writer.member("icons", if: context.revision.hasIcons, icons, context)
        writer.member("_meta", if: context.revision.hasNestedMeta, meta, context)
        writer.endObject()
    }
}
