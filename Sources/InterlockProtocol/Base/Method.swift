/// The names of the methods and notifications of every revision.
///
/// Which of them exist in a revision: ``isRequest(_:in:)`` and ``isNotification(_:in:)``.
public enum Method {
    // MARK: Requests from the client

    /// Starts a legacy connection.
    public static let initialize = "initialize"
    /// Asks a modern server for its versions and capabilities.
    public static let discover = "server/discover"
    /// Asks the peer for a sign of life (legacy, both directions).
    public static let ping = "ping"
    /// Lists tools.
    public static let toolsList = "tools/list"
    /// Calls a tool.
    public static let toolsCall = "tools/call"
    /// Lists resources.
    public static let resourcesList = "resources/list"
    /// Lists resource templates.
    public static let resourceTemplatesList = "resources/templates/list"
    /// Reads a resource.
    public static let resourcesRead = "resources/read"
    /// Subscribes to updates of a resource (legacy).
    public static let resourcesSubscribe = "resources/subscribe"
    /// Ends a subscription to a resource (legacy).
    public static let resourcesUnsubscribe = "resources/unsubscribe"
    /// Lists prompts.
    public static let promptsList = "prompts/list"
    /// Gets a prompt.
    public static let promptsGet = "prompts/get"
    /// Completes an argument.
    public static let complete = "completion/complete"
    /// Sets the log level of a connection (legacy).
    public static let setLevel = "logging/setLevel"
    /// Opens a stream of change notifications (modern).
    public static let subscriptionsListen = "subscriptions/listen"

    // MARK: Tasks (core in 2025-11-25, an extension in 2026-07-28)

    /// Asks for the state of a task.
    public static let tasksGet = "tasks/get"
    /// Waits for the result of a task (2025-11-25).
    public static let tasksResult = "tasks/result"
    /// Lists tasks (2025-11-25).
    public static let tasksList = "tasks/list"
    /// Cancels a task.
    public static let tasksCancel = "tasks/cancel"
    /// Hands input to a task (extension).
    public static let tasksUpdate = "tasks/update"

    // MARK: Requests from the server (legacy), or objects inside an `InputRequiredResult` (modern)

    /// Asks the client for its roots.
    public static let rootsList = "roots/list"
    /// Asks the client's model for a message.
    public static let samplingCreateMessage = "sampling/createMessage"
    /// Asks the user.
    public static let elicitationCreate = "elicitation/create"

    // MARK: Notifications

    /// Ends the legacy handshake.
    public static let initialized = "notifications/initialized"
    /// Cancels a request.
    public static let cancelled = "notifications/cancelled"
    /// Reports progress of a request.
    public static let progress = "notifications/progress"
    /// Carries a log message.
    public static let message = "notifications/message"
    /// Says that the list of tools changed.
    public static let toolsListChanged = "notifications/tools/list_changed"
    /// Says that the list of prompts changed.
    public static let promptsListChanged = "notifications/prompts/list_changed"
    /// Says that the list of resources changed.
    public static let resourcesListChanged = "notifications/resources/list_changed"
    /// Says that a resource changed.
    public static let resourcesUpdated = "notifications/resources/updated"
    /// Says that the client's roots changed (legacy).
    public static let rootsListChanged = "notifications/roots/list_changed"
    /// Says that the user finished a URL elicitation (2025-11-25).
    public static let elicitationComplete = "notifications/elicitation/complete"
    /// Opens the stream of a subscription (modern).
    public static let subscriptionsAcknowledged = "notifications/subscriptions/acknowledged"
    /// Carries the state of a task (2025-11-25).
    public static let tasksStatus = "notifications/tasks/status"
    /// Carries the state of a task (extension).
    public static let tasks = "notifications/tasks"
}
