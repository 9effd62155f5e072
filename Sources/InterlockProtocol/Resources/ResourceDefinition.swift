public import InterlockJSON

/// A resource as `resources/list` describes it. Spec: 2026-07-28, Server Features › Resources.
public struct ResourceDefinition: WireShape {
    /// Where it is.
    public var uri: String
    /// The programmatic name.
    public var name: String
    /// The name for people.
    public var title: String?
    /// What it is, for the model.
    public var description: String?
    /// The media type, if known.
    public var mimeType: String?
    /// The size of the raw contents in bytes, if known.
    public var size: Int?
    /// Images to show beside the name.
    public var icons: [Icon]?
    /// Hints for the client.
    public var annotations: Annotations?
    /// Metadata of the definition.
    public var meta: Meta?

    /// Names the root `resource` in messages about its shape.
    public static var wireRoot: String { "resource" }

    /// Describes a resource.
    public init(
        uri: String, name: String, title: String? = nil, description: String? = nil, mimeType: String? = nil,
        size: Int? = nil, icons: [Icon]? = nil, annotations: Annotations? = nil, meta: Meta? = nil
    ) {
        self.uri = uri
        self.name = name
        self.title = title
        self.description = description
        self.mimeType = mimeType
        self.size = size
        self.icons = icons
        self.annotations = annotations
        self.meta = meta
    }

    /// Reads a description.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        try self.init(WireObject(json))
    }

    package init(_ object: WireObject) throws(ShapeMismatch) {
        uri = try object.required("uri")
        name = try object.required("name")
        title = try object.optional("title")
        description = try object.optional("description")
        mimeType = try object.optional("mimeType")
        size = try object.optional("size")
        icons = try object.optional("icons")
        annotations = try object.optional("annotations")
        meta = try object.optional("_meta")
    }

    /// Writes what the revision knows of it.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writeMembers(into: &writer, context: context)
        writer.endObject()
    }

    package func writeMembers(into writer: inout JSONWriter, context: EncodingContext) {
        writer.member("uri", uri, context)
        writer.member("name", name, context)
        writer.member("title", if: context.revision.hasTitles, title, context)
        writer.member("description", description, context)
        writer.member("mimeType", mimeType, context)
        writer.member("size", size, context)
        writer.member("icons", if: context.revision.hasIcons, icons, context)
        writer.contentTail(annotations, meta, context)
    }
}
