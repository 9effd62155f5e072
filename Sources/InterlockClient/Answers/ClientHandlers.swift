public import InterlockJSON
public import InterlockProtocol

/// What a client can do for its server, and what it wants to hear from it.
///
/// A handler that is set declares the capability. The same handler answers a legacy server's request and a modern
/// server's input request. Handlers of requests run in tasks of their own and are cancelled with the request they
/// belong to; those named `on…` run on the transport's thread, in order, and must be short.
public struct ClientHandlers: Sendable {
    /// Lets the server use a model. Throw ``SamplingRejected`` when the user says no.
    public var sampling: (@Sendable (CreateMessageParams) async throws -> CreateMessageResult)?
    /// Whether ``sampling`` takes requests with tools.
    public var samplesWithTools = false
    /// Asks the user by a form. Defaults of fields left empty are added, and the answer is checked against the form.
    public var elicitForm: (@Sendable (ElicitParams) async throws -> ElicitResult)?
    /// Asks the user to open a URL. Show which server asks and the whole URL, and fetch nothing in advance.
    public var elicitURL: (@Sendable (ElicitParams) async throws -> ElicitResult)?
    /// Tells the roots.
    public var roots: (@Sendable () async throws -> [Root])?
    /// Whether changes of the roots are announced with ``Client/rootsChanged()`` (legacy).
    public var announcesRootChanges = false
    /// Extensions to declare, by identifier, each with its settings object.
    public var extensions: JSONObject?
    /// Capabilities outside the specification to declare.
    public var experimental: JSONObject?

    /// Takes the server's log messages.
    public var onLog: (@Sendable (LoggingMessageParams) -> Void)?
    /// The list of tools, prompts or resources, or a resource, has changed: legacy notifications; a modern server
    /// sends them to a ``Subscription`` only.
    public var onChange: (@Sendable (ServerChange) -> Void)?
    /// The user has finished a URL elicitation of this id (2025-11-25).
    public var onElicitationComplete: (@Sendable (String) -> Void)?
    /// Any other notification.
    public var onNotification: (@Sendable (_ method: String, _ params: RawJSON?) -> Void)?
    /// The connection has ended without ``Client/close()``.
    public var onDisconnect: (@Sendable (ClientError) -> Void)?

    /// A client that offers nothing and hears nothing.
    public init() {}

    /// What these handlers declare.
    public var capabilities: ClientCapabilities {
        var capabilities = ClientCapabilities(extensions: extensions, experimental: experimental)
        if elicitForm != nil || elicitURL != nil {
            capabilities.elicitation = ClientCapabilities.Elicitation(form: elicitForm == nil ? nil : [:], url: elicitURL == nil ? nil : [:])
        }
        if sampling != nil { capabilities.sampling = ClientCapabilities.Sampling(tools: samplesWithTools ? [:] : nil) }
        if roots != nil { capabilities.roots = ClientCapabilities.Roots(listChanged: announcesRootChanges ? true : nil) }
        return capabilities
    }
}

/// The user said no to a sampling request.
public struct SamplingRejected: Error, Sendable {
    /// Makes the error; there is nothing to say with it.
    public init() {}
}
