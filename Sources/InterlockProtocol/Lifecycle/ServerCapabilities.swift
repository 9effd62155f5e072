public import InterlockJSON

/// What a server offers. A feature that is not declared here must not answer (-32601).
/// Spec: 2026-07-28, Base Protocol › Capabilities.
public struct ServerCapabilities: WireShape {
    /// A feature whose list may change.
    public struct Listing: WireShape {
        /// Whether changes are notified.
        public var listChanged: Bool?

        /// Declares the feature.
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
            writer.member("listChanged", listChanged, context)
            writer.endObject()
        }
    }

    /// Resources, whose list and contents may change.
    public struct Resources: WireShape {
        /// Whether changes of the list are notified.
        public var listChanged: Bool?
        /// Whether updates of single resources are notified.
        public var subscribe: Bool?

        /// Declares resources.
        public init(listChanged: Bool? = nil, subscribe: Bool? = nil) {
            self.listChanged = listChanged
            self.subscribe = subscribe
        }

        /// Reads the declaration.
        public init(shape json: RawJSON) throws(ShapeMismatch) {
            let object = try WireObject(json)
            listChanged = try object.optional("listChanged")
            subscribe = try object.optional("subscribe")
        }

        /// Writes the declaration.
        public func write(into writer: inout JSONWriter, context: EncodingContext) {
            writer.beginObject()
            writer.member("listChanged", listChanged, context)
            writer.member("subscribe", subscribe, context)
            writer.endObject()
        }
    }

    /// The server has tools.
    public var tools: Listing?
    /// The server has resources.
    public var resources: Resources?
    /// The server has prompts.
    public var prompts: Listing?
    /// The server completes arguments; the settings object is empty so far.
    public var completions: JSONObject?
    /// The server sends log messages; the settings object is empty so far (deprecated in 2026-07-28).
    public var logging: JSONObject?
    /// The server takes task-augmented requests (2025-11-25), as the specification writes it.
    public var tasks: JSONObject?
    /// Extensions by identifier, each with its settings object.
    public var extensions: JSONObject?
    /// Capabilities outside the specification.
    public var experimental: JSONObject?

    /// Names the root `capabilities` in messages about its shape.
    public static var wireRoot: String { "capabilities" }

    /// Declares capabilities; by default none.
    public init(
        tools: Listing? = nil, resources: Resources? = nil, prompts: Listing? = nil, completions: JSONObject? = nil,
        logging: JSONObject? = nil, tasks: JSONObject? = nil, extensions: JSONObject? = nil,
        experimental: JSONObject? = nil
    ) {
        self.tools = tools
        self.resources = resources
        self.prompts = prompts
        self.completions = completions
        self.logging = logging
        self.tasks = tasks
        self.extensions = extensions
        self.experimental = experimental
    }

    /// Reads capabilities; unknown ones are ignored.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        tools = try object.optional("tools")
        resources = try object.optional("resources")
        prompts = try object.optional("prompts")
        completions = try object.optional("completions")
        logging = try object.optional("logging")
        tasks = try object.optional("tasks")
        extensions = try object.optional("extensions")
        experimental = try object.optional("experimental")
    }

    /// Writes the capabilities the revision knows.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        let revision = context.revision
        writer.beginObject()
        writer.member("tools", tools, context)
        writer.member("resources", resources, context)
        writer.member("prompts", prompts, context)
        writer.member("completions", if: revision.hasCompletionsCapability, completions, context)
        writer.member("logging", logging, context)
        writer.member("tasks", if: revision.hasCoreTasks, tasks, context)
        writer.member("extensions", if: revision.hasExtensions, extensions, context)
        writer.member("experimental", experimental, context)
        writer.endObject()
    }
}
