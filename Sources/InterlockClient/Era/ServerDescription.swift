public import InterlockProtocol

/// What is known of the server a client is connected to.
public struct ServerDescription: Sendable, Hashable {
    /// The revision both sides speak.
    public var revision: ProtocolRevision
    /// What the server offers; `nil` for a modern server that was not asked.
    public var capabilities: ServerCapabilities?
    /// Which software it says it is; for display and logs only.
    public var info: Implementation?
    /// How to use the server, for the model.
    public var instructions: String?

    /// Makes a description; for tests and for whoever wraps a client.
    public init(revision: ProtocolRevision, capabilities: ServerCapabilities? = nil, info: Implementation? = nil, instructions: String? = nil) {
        self.revision = revision
        self.capabilities = capabilities
        self.info = info
        self.instructions = instructions
    }
}
