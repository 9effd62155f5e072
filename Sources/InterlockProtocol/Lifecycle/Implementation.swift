public import InterlockJSON

/// Which software a client or server is. Self-reported: for display and logs, never a basis for behaviour or trust.
/// Spec: 2026-07-28, Base Protocol › Implementation.
public struct Implementation: WireShape {
    /// The programmatic name; not unique.
    public var name: String
    /// The software's version.
    public var version: String
    /// The name for people.
    public var title: String?
    /// What it is for.
    public var description: String?
    /// Its web site. The spelling is the specification's.
    public var websiteUrl: String?
    /// Images to show beside the name.
    public var icons: [Icon]?

    /// Names the root `implementation` in messages about its shape.
    public static var wireRoot: String { "implementation" }

    /// Makes a description of some software.
    public init(
        name: String, version: String, title: String? = nil, description: String? = nil, websiteUrl: String? = nil,
        icons: [Icon]? = nil
    ) {
        self.name = name
        self.version = version
        self.title = title
        self.description = description
        self.websiteUrl = websiteUrl
        self.icons = icons
    }

    /// Reads an implementation.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        name = try object.required("name")
        version = try object.required("version")
        title = try object.optional("title")
        description = try object.optional("description")
        websiteUrl = try object.optional("websiteUrl")
        icons = try object.optional("icons")
    }

    /// Writes what the revision knows of it.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        let revision = context.revision
        writer.beginObject()
        writer.member("name", name, context)
        writer.member("version", version, context)
        writer.member("title", if: revision.hasTitles, title, context)
        writer.member("description", if: revision.hasImplementationDetails, description, context)
        writer.member("websiteUrl", if: revision.hasImplementationDetails, websiteUrl, context)
        writer.member("icons", if: revision.hasIcons, icons, context)
        writer.endObject()
    }
}
