public import InterlockJSON

/// Whose argument is to be completed. Spec: 2026-07-28, Server Features › Completion.
public enum CompletionReference: WireShape {
    /// An argument of a prompt.
    case prompt(name: String, title: String? = nil)
    /// A variable of a resource template, or of a resource.
    case resource(uri: String)

    /// Names the root `ref` in messages about its shape.
    public static var wireRoot: String { "ref" }

    /// Reads a reference.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        switch try object.required("type", as: String.self) {
        case "ref/prompt":
            self = .prompt(name: try object.required("name"), title: try object.optional("title"))
        case "ref/resource":
            self = .resource(uri: try object.required("uri"))
        case let other:
            throw ShapeMismatch(problem: "expected \"ref/prompt\" or \"ref/resource\", got \"\(other.prefix(40))\"")
                .inside("type")
        }
    }

    /// Writes a reference.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        switch self {
        case .prompt(let name, let title):
            writer.member("type", "ref/prompt", context)
            writer.member("name", name, context)
            writer.member("title", if: context.revision.hasTitles, title, context)
        case .resource(let uri):
            writer.member("type", "ref/resource", context)
            writer.member("uri", uri, context)
        }
        writer.endObject()
    }
}
