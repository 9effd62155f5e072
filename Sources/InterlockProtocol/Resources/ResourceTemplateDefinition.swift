public import InterlockJSON

/// A family of resources as `resources/templates/list` describes it. Spec: 2026-07-28, Server Features › Resources.
public struct ResourceTemplateDefinition: WireShape {
    /// The pattern of their URIs (RFC 6570), see ``URITemplate``.
    public var uriTemplate: String
    /// The programmatic name.
    public var name: String
    /// The name for people.
    public var title: String?
    /// What they are, for the model.
    public var description: String?
    /// The media type, if all have the same.
    public var mimeType: String?
    /// Images to show beside the name.
    public var icons: [Icon]?
    /// Hints for the client.
    public var annotations: Annotations?
    /// Metadata of the definition.
    public var meta: Meta?

    /// Names the root `resourceTemplate` in messages about its shape.
    public static var wireRoot: String { "resourceTemplate" }

    /// Describes a family of resources.
    public init(
        uriTemplate: String, name: String, title: String? = nil, description: String? = nil, mimeType: String? = nil,
        icons: [Icon]? = nil, annotations: Annotations? = nil, meta: Meta? = nil
    ) {
        self.uriTemplate = uriTemplate
        self.name = name
        self.title = title
        self.description = description
        self.mimeType = mimeType
        self.icons = icons
        self.annotations = annotations
        self.meta = meta
    }

    /// Reads a description.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        uriTemplate = try object.required("uriTemplate")
        name = try object.required("name")
        title = try object.optional("title")
        description = try object.optional("description")
        mimeType = try object.optional("mimeType")
        icons = try object.optional("icons")
        annotations = try object.optional("annotations")
        meta = try object.optional("_meta")
    }

    /// Writes what the revision knows of it.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("uriTemplate", uriTemplate, context)
        writer.member("name", name, context)
        writer.member("title", if: context.revision.hasTitles, title, context)
        writer.member("description", description, context)
        writer.member("mimeType", mimeType, context)
        writer.member("icons", if: context.revision.hasIcons, icons, context)
        writer.contentTail(annotations, meta, context)
        writer.endObject()
    }
}
