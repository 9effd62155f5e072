import InterlockClient
import InterlockProtocol

/// Everything a server lists.
struct ServerOffer: Sendable {
    var server: ServerDescription
    var tools: [ToolDefinition] = []
    var resources: [ResourceDefinition] = []
    var templates: [ResourceTemplateDefinition] = []
    var prompts: [PromptDefinition] = []

    /// Asks for what the server says it has; for tools only, where it says nothing.
    init(of client: Client, options: RequestOptions) async throws {
        guard let server = client.server else { throw ClientError(.closed, "the server closed the connection before it was asked for anything") }
        self.server = server
        if server.capabilities == nil || server.capabilities?.tools != nil { tools = try await client.listTools(options: options) }
        if server.capabilities?.resources != nil {
            resources = try await client.listResources(options: options)
            templates = try await client.listResourceTemplates(options: options)
        }
        if server.capabilities?.prompts != nil { prompts = try await client.listPrompts(options: options) }
    }
}
