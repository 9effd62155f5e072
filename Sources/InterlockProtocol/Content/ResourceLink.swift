public import InterlockJSON

/// A pointer to a resource the client may read, in a tool result or a message. It need not appear in `resources/list`.
/// Spec: 2026-07-28, Server Features › Tools.
public struct ResourceLink: WireShape {
    /// The resource, as `resources/list` would describe it.
    public var resource: ResourceDefinition

    /// Names the root `content` in messages about its shape.
    public static var wireRoot: String { "content" }

    /// Makes a link.
    public init(_ resource: ResourceDefinition) {
        self.resource = resource
    }

    /// Makes a link from what it must have.
    public init(uri: String, name: String, description: String? = nil, mimeType: String? = nil) {
        resource = ResourceDefinition(uri: uri, name: name, description: description, mimeType: mimeType)
    }

    /// Reads a link; its `type` has been looked at already.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        try self.init(WireObject(json))
    }

    package init(_ object: WireObject) throws(ShapeMismatch) {
        resource = try ResourceDefinition(object)
    }

    /// Writes a link.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("type", "resource_link", context)
        resource.writeMembers(into: &writer, context: context)
        writer.endObject()
    }
}
