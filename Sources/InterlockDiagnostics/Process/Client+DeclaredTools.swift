import InterlockClient
import InterlockProtocol

/// Servers of resources or prompts alone declare no tools, and refuse the question for them.
extension Client {
    /// Whether the server declares tools. A modern one that has not been asked what it has is asked; one that does not say is taken to have some.
    var declaresTools: Bool {
        get async throws {
            if let capabilities = server?.capabilities { return capabilities.tools != nil }
            guard server?.revision.isModern == true else { return true }
            do { return try await discover().capabilities.tools != nil } catch is ProtocolError { return true }
        }
    }

    /// Every tool; none, and no question, of a server that declares none.
    func declaredTools() async throws -> [ToolDefinition] { try await declaresTools ? try await listTools() : [] }

    /// What is said where nothing can be called.
    static var noTools: String { "tools: the server declares none, so none is listed or called" }
}
