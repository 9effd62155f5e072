public import InterlockJSON

/// What a client can do for a server. In a modern revision it belongs to one request only.
/// Spec: 2026-07-28, Base Protocol › Capabilities.
public struct ClientCapabilities: WireShape {
    /// How the client can ask its user.
    public struct Elicitation: WireShape {
        /// Settings of form mode; present means supported.
        public var form: JSONObject?
        /// Settings of URL mode; present means supported.
        public var url: JSONObject?

        /// Declares the modes; neither means form mode only.
        public init(form: JSONObject? = nil, url: JSONObject? = nil) {
            self.form = form
            self.url = url
        }

        /// Whether forms can be asked for: declared, or implied by declaring no mode at all.
        public var supportsForm: Bool { form != nil || url == nil }
        /// Whether the user can be asked to open a URL.
        public var supportsURL: Bool { url != nil }

        /// Reads the declaration.
        public init(shape json: RawJSON) throws(ShapeMismatch) {
            let object = try WireObject(json)
            form = try object.optional("form")
            url = try object.optional("url")
        }

        /// Writes the declaration; revisions without modes get an empty object.
        public func write(into writer: inout JSONWriter, context: EncodingContext) {
            writer.beginObject()
            writer.member("form", if: context.revision.hasURLElicitation, form, context)
            writer.member("url", if: context.revision.hasURLElicitation, url, context)
            writer.endObject()
        }
    }

    /// How the client lets a server use its model (deprecated in 2026-07-28).
    public struct Sampling: WireShape {
        /// Settings of context inclusion; present means supported.
        public var context: JSONObject?
        /// Settings of sampling with tools; present means supported.
        public var tools: JSONObject?

        /// Declares sampling.
        public init(context: JSONObject? = nil, tools: JSONObject? = nil) {
            self.context = context
            self.tools = tools
        }

        /// Reads the declaration.
        public init(shape json: RawJSON) throws(ShapeMismatch) {
            let object = try WireObject(json)
            context = try object.optional("context")
            tools = try object.optional("tools")
        }

        /// Writes the declaration.
        public func write(into writer: inout JSONWriter, context encoding: EncodingContext) {
            writer.beginObject()
            writer.member("context", if: encoding.revision.hasSamplingTools, context, encoding)
            writer.member("tools", if: encoding.revision.hasSamplingTools, tools, encoding)
            writer.endObject()
        }
    }

    /// How the client tells its roots (deprecated in 2026-07-28).
    public struct Roots: WireShape {
        /// Whether changes are notified (legacy).
        public var listChanged: Bool?

        /// Declares roots.
        public init(listChanged: Bool? = nil) {
            self.listChanged = listChanged
        }

        /// Reads the declaration.
        public init(shape json: RawJSON) throws(ShapeMismatch) {
            listChanged = try WireObject(json).optional("listChanged")
        }

        /// Writes the declaration.
        public func write(into writer: inout JSONWriter, context: EncodingContext) {
            writer.beginObject()
            writer.member("listChanged", if: context.revision.hasRootsListChanged, listChanged, context)
            writer.endObject()
        }
    }

    /// The client can ask its user.
    public var elicitation: Elicitation?
    /// The client lets the server use its model.
    public var sampling: Sampling?
    /// The client tells its roots.
    public var roots: Roots?
    /// The client takes task-augmented requests (2025-11-25), as the specification writes it.
    public var tasks: JSONObject?
    /// Extensions by identifier, each with its settings object.
    public var extensions: JSONObject?
    /// Capabilities outside the specification.
    public var experimental: JSONObject?

    /// Names the root `capabilities` in messages about its shape.
    public static var wireRoot: String { "capabilities" }

    /// Declares capabilities; by default none.
    public init(
        elicitation: Elicitation? = nil, sampling: Sampling? = nil, roots: Roots? = nil, tasks: JSONObject? = nil,
        extensions: JSONObject? = nil, experimental: JSONObject? = nil
    ) {
        self.elicitation = elicitation
        self.sampling = sampling
        self.roots = roots
        self.tasks = tasks
        self.extensions = extensions
        self.experimental = experimental
    }

    /// Reads capabilities; unknown ones are ignored.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        elicitation = try object.optional("elicitation")
        sampling = try object.optional("sampling")
        roots = try object.optional("roots")
        tasks = try object.optional("tasks")
        extensions = try object.optional("extensions")
        experimental = try object.optional("experimental")
    }

    /// Writes the capabilities the revision knows.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        let revision = context.revision
        writer.beginObject()
        writer.member("elicitation", if: revision.hasElicitation, elicitation, context)
        writer.member("sampling", sampling, context)
        writer.member("roots", roots, context)
        writer.member("tasks", if: revision.hasCoreTasks, tasks, context)
        writer.member("extensions", if: revision.hasExtensions, extensions, context)
        writer.member("experimental", experimental, context)
        writer.endObject()
    }
}
