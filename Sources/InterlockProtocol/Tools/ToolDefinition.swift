public import InterlockJSON

/// A tool as `tools/list` describes it. Spec: 2026-07-28, Server Features › Tools.
///
/// The schemas stay in the bytes they were written in, so every keyword survives.
public struct ToolDefinition: WireShape {
    /// The name calls use, see ``ToolName``.
    public var name: String
    /// The name for people.
    public var title: String?
    /// What it does, for the model.
    public var description: String?
    /// Images to show beside the name.
    public var icons: [Icon]?
    /// JSON Schema of the arguments; its root type is object.
    public var inputSchema: RawJSON
    /// JSON Schema of `structuredContent`; before 2026-07-28 only of root type object.
    public var outputSchema: RawJSON?
    /// Hints about its behaviour.
    public var annotations: ToolAnnotations?
    /// How it may be run (2025-11-25).
    public var execution: ToolExecution?
    /// Metadata of the definition.
    public var meta: Meta?

    /// Names the root `tool` in messages about its shape.
    public static var wireRoot: String { "tool" }

    /// Describes a tool; without a schema it takes no arguments in particular.
    public init(
        name: String, title: String? = nil, description: String? = nil, icons: [Icon]? = nil,
        inputSchema: RawJSON = RawJSON(["type": "object"]), outputSchema: RawJSON? = nil,
        annotations: ToolAnnotations? = nil, execution: ToolExecution? = nil, meta: Meta? = nil
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.icons = icons
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.annotations = annotations
        self.execution = execution
        self.meta = meta
    }

    /// Reads a description.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        name = try object.required("name")
        title = try object.optional("title")
        description = try object.optional("description")
        icons = try object.optional("icons")
        inputSchema = try object.required("inputSchema")
        guard inputSchema.kind == .object else {
            throw ShapeMismatch.expected("an object", got: inputSchema).inside("inputSchema")
        }
        outputSchema = try object.optional("outputSchema")
        annotations = try object.optional("annotations")
        execution = try object.optional("execution")
        meta = try object.optional("_meta")
    }

    /// Writes what the revision knows of it.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        let revision = context.revision
        writer.beginObject()
        writer.member("name", name, context)
        writer.member("title", if: revision.hasTitles, title, context)
        writer.member("description", description, context)
        writer.member("icons", if: revision.hasIcons, icons, context)
        writer.member("inputSchema", inputSchema, context)
        writer.member("outputSchema", if: canSendOutputSchema(in: revision), outputSchema, context)
        writer.member("annotations", if: revision.hasToolAnnotations, annotations, context)
        writer.member("execution", if: revision.hasCoreTasks, execution, context)
        writer.member("_meta", if: revision.hasNestedMeta, meta, context)
        writer.endObject()
    }

    private func canSendOutputSchema(in revision: ProtocolRevision) -> Bool {
        guard revision.hasStructuredContent, let outputSchema else { return false }
        return !revision.structuredContentMustBeObject || outputSchema["type"]?.string == "object"
    }
}
