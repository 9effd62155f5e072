public import InterlockJSON

/// A form: the flat object a server asks the user for. Spec: 2026-07-28, Client Features › Elicitation.
public struct ElicitationSchema: WireShape {
    /// The fields in the order they are shown.
    public var properties: OrderedMap<PrimitiveSchema>
    /// The fields that must be filled in.
    public var required: [String]?
    /// The dialect, if the server names one (2025-11-25 and later).
    public var schema: String?

    /// Names the root `requestedSchema` in messages about its shape.
    public static var wireRoot: String { "requestedSchema" }

    /// Makes a form.
    public init(_ properties: OrderedMap<PrimitiveSchema>, required: [String]? = nil) {
        self.properties = properties
        self.required = required
    }

    /// Reads a form.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        let type: String = try object.required("type")
        guard type == "object" else {
            throw ShapeMismatch(problem: "expected \"object\", got \"\(type.prefix(40))\"").inside("type")
        }
        properties = try object.required("properties")
        required = try object.optional("required")
        schema = try object.optional("$schema")
    }

    /// The fields a revision's forms cannot have; writing for it leaves them out.
    public func inexpressibleFields(in revision: ProtocolRevision) -> [String] {
        properties.entries.filter { !$0.value.isExpressible(in: revision) }.map(\.key)
    }

    /// Writes the form, without the fields the revision cannot have.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        let omitted = Set(inexpressibleFields(in: context.revision))
        writer.beginObject()
        writer.member("$schema", if: context.revision.hasRichForms, schema, context)
        writer.member("type", "object", context)
        writer.key("properties")
        writer.beginObject()
        for (name, field) in properties.entries where !omitted.contains(name) {
            writer.key(name)
            field.write(into: &writer, context: context)
        }
        writer.endObject()
        writer.member("required", required?.filter { !omitted.contains($0) }, context)
        writer.endObject()
    }
}
