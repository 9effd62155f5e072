public import InterlockJSON

/// The params of `sampling/createMessage`: a server asks the client's model. Spec: 2026-07-28, Client Features › Sampling
/// (deprecated there).
public struct CreateMessageParams: WireShape {
    /// What of the servers' context the client should add.
    public enum IncludeContext: String, WireEnumeration, Sendable, Hashable {
        /// Nothing. The default.
        case none
        /// The asking server's (deprecated).
        case thisServer
        /// All servers' (deprecated).
        case allServers
    }

    /// The conversation.
    public var messages: [SamplingMessage]
    /// The most tokens to sample; the client keeps to it.
    public var maxTokens: Int
    /// What the server would like of the model.
    public var modelPreferences: ModelPreferences?
    /// The system prompt the server would like.
    public var systemPrompt: String?
    /// What of the servers' context to add.
    public var includeContext: IncludeContext?
    /// How random the model should be.
    public var temperature: Double?
    /// Texts at which the model stops.
    public var stopSequences: [String]?
    /// Anything for the model's provider.
    public var metadata: RawJSON?
    /// Tools the model may use; needs the capability `sampling.tools` (2025-11-25 and later).
    public var tools: [ToolDefinition]?
    /// Whether it may, must or must not use them (2025-11-25 and later).
    public var toolChoice: ToolChoice?
    /// Asks that the request be run as a task (2025-11-25).
    public var task: TaskMetadata?
    /// Metadata of the request (legacy).
    public var meta: Meta?

    /// Makes the params.
    public init(
        messages: [SamplingMessage], maxTokens: Int, modelPreferences: ModelPreferences? = nil,
        systemPrompt: String? = nil, includeContext: IncludeContext? = nil, temperature: Double? = nil,
        stopSequences: [String]? = nil, metadata: RawJSON? = nil, tools: [ToolDefinition]? = nil,
        toolChoice: ToolChoice? = nil, task: TaskMetadata? = nil, meta: Meta? = nil
    ) {
        self.messages = messages
        self.maxTokens = maxTokens
        self.modelPreferences = modelPreferences
        self.systemPrompt = systemPrompt
        self.includeContext = includeContext
        self.temperature = temperature
        self.stopSequences = stopSequences
        self.metadata = metadata
        self.tools = tools
        self.toolChoice = toolChoice
        self.task = task
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        messages = try object.required("messages")
        maxTokens = try object.required("maxTokens")
        modelPreferences = try object.optional("modelPreferences")
        systemPrompt = try object.optional("systemPrompt")
        includeContext = try object.optional("includeContext")
        temperature = try object.optional("temperature")
        stopSequences = try object.optional("stopSequences")
        metadata = try object.optional("metadata")
        tools = try object.optional("tools")
        toolChoice = try object.optional("toolChoice")
        task = try object.optional("task")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        let revision = context.revision
        writer.beginObject()
        writer.member("messages", messages, context)
        writer.member("maxTokens", maxTokens, context)
        writer.member("modelPreferences", modelPreferences, context)
        writer.member("systemPrompt", systemPrompt, context)
        writer.member("includeContext", includeContext, context)
        writer.member("temperature", temperature, context)
        writer.member("stopSequences", stopSequences, context)
        writer.member("metadata", metadata, context)
        writer.member("tools", if: revision.hasSamplingTools, tools, context)
        writer.member("toolChoice", if: revision.hasSamplingTools, toolChoice, context)
        writer.member("task", if: revision.hasCoreTasks, task, context)
        writer.member("_meta", if: revision.hasServerRequests, meta, context)
        writer.endObject()
    }
}
