public import InterlockJSON

/// Which changes a client wants to hear of, or a server will tell it. Spec: 2026-07-28, Patterns › Subscriptions.
public struct SubscriptionFilter: WireShape {
    /// Changes of the list of tools.
    public var toolsListChanged: Bool?
    /// Changes of the list of prompts.
    public var promptsListChanged: Bool?
    /// Changes of the list of resources.
    public var resourcesListChanged: Bool?
    /// Updates of these resources.
    public var resourceSubscriptions: [String]?
    /// States of these tasks (extension `io.modelcontextprotocol/tasks`).
    public var taskIds: [String]?

    /// Names the root `notifications` in messages about its shape.
    public static var wireRoot: String { "notifications" }

    /// Makes a filter; by default nothing passes.
    public init(
        toolsListChanged: Bool? = nil, promptsListChanged: Bool? = nil, resourcesListChanged: Bool? = nil,
        resourceSubscriptions: [String]? = nil, taskIds: [String]? = nil
    ) {
        self.toolsListChanged = toolsListChanged
        self.promptsListChanged = promptsListChanged
        self.resourcesListChanged = resourcesListChanged
        self.resourceSubscriptions = resourceSubscriptions
        self.taskIds = taskIds
    }

    /// The part of the filter a server can honour: what its capabilities declare.
    public func honoured(by capabilities: ServerCapabilities) -> SubscriptionFilter {
        var honoured = SubscriptionFilter()
        if toolsListChanged == true, capabilities.tools?.listChanged == true { honoured.toolsListChanged = true }
        if promptsListChanged == true, capabilities.prompts?.listChanged == true { honoured.promptsListChanged = true }
        if resourcesListChanged == true, capabilities.resources?.listChanged == true {
            honoured.resourcesListChanged = true
        }
        if capabilities.resources?.subscribe == true { honoured.resourceSubscriptions = resourceSubscriptions }
        return honoured
    }

    /// Reads a filter.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        toolsListChanged = try object.optional("toolsListChanged")
        promptsListChanged = try object.optional("promptsListChanged")
        resourcesListChanged = try object.optional("resourcesListChanged")
        resourceSubscriptions = try object.optional("resourceSubscriptions")
        taskIds = try object.optional("taskIds")
    }

    /// Writes a filter.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("toolsListChanged", toolsListChanged, context)
        writer.member("promptsListChanged", promptsListChanged, context)
        writer.member("resourcesListChanged", resourcesListChanged, context)
        writer.member("resourceSubscriptions", resourceSubscriptions, context)
        writer.member("taskIds", taskIds, context)
        writer.endObject()
    }
}
