public import InterlockJSON

/// The params of `elicitation/create`: a server asks the user. Spec: 2026-07-28, Client Features › Elicitation.
public struct ElicitParams: WireShape {
    /// How the user is asked.
    public enum Mode: Sendable, Hashable {
        /// By a form; never for secrets.
        case form(ElicitationSchema)
        /// By a page the user opens (2025-11-25 and later); `elicitationId` exists in 2025-11-25 only.
        case url(String, elicitationId: String? = nil)
    }

    /// Why the user is asked.
    public var message: String
    /// How.
    public var mode: Mode
    /// Asks that the request be run as a task (2025-11-25).
    public var task: TaskMetadata?
    /// Metadata of the request (legacy).
    public var meta: Meta?

    /// Makes the params.
    public init(message: String, mode: Mode, task: TaskMetadata? = nil, meta: Meta? = nil) {
        self.message = message
        self.mode = mode
        self.task = task
        self.meta = meta
    }

    /// Asks by a form.
    public static func form(_ message: String, schema: ElicitationSchema) -> ElicitParams {
        ElicitParams(message: message, mode: .form(schema))
    }

    /// Asks to open a URL.
    public static func url(_ message: String, url: String, elicitationId: String? = nil) -> ElicitParams {
        ElicitParams(message: message, mode: .url(url, elicitationId: elicitationId))
    }

    /// Reads the params; no `mode` means a form.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        message = try object.required("message")
        switch try object.optional("mode", as: String.self) ?? "form" {
        case "form":
            mode = .form(try object.required("requestedSchema"))
        case "url":
            mode = .url(try object.required("url"), elicitationId: try object.optional("elicitationId"))
        case let other:
            throw ShapeMismatch(problem: "expected \"form\" or \"url\", got \"\(other.prefix(40))\"").inside("mode")
        }
        task = try object.optional("task")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        let revision = context.revision
        writer.beginObject()
        switch mode {
        case .form(let schema):
            writer.member("mode", if: revision.hasURLElicitation, "form", context)
            writer.member("message", message, context)
            writer.member("requestedSchema", schema, context)
        case .url(let url, let elicitationId):
            writer.member("mode", "url", context)
            writer.member("message", message, context)
            writer.member("url", url, context)
            writer.member("elicitationId", if: revision.hasElicitationID, elicitationId, context)
        }
        writer.member("task", if: revision.hasCoreTasks, task, context)
        writer.member("_meta", if: revision.hasServerRequests, meta, context)
        writer.endObject()
    }
}
