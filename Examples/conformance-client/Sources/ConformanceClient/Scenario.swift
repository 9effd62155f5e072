import InterlockClient
import InterlockProtocol

/// What to do for a scenario once the client is connected.
enum Scenario {
    /// List the tools.
    case list
    /// List the tools and call them.
    case callTools
    /// Use everything the server offers.
    case useEverything

    init(named name: String) {
        self = switch name {
        case "tools_call", "tools-call", "elicitation-sep1034-client-defaults", "elicitation-defaults", "sse-retry",
            "sep-2322-client-request-state", "http-custom-headers", "http-invalid-tool-headers":
            .callTools
        case "http-standard-headers", "request-metadata", "stateless-client", "json-schema-2020-12-preservation":
            .useEverything
        default: .list
        }
    }

    func play(with client: Client, _ environment: ConformanceEnvironment) async throws {
        let tools = await attempt("tools/list") { try await client.listTools() } ?? []
        if self == .list { return }
        let calls = environment.toolCalls.isEmpty
            ? tools.map { ($0.name, SampleValues.arguments(for: $0.inputSchema)) } : environment.toolCalls.map { ($0.name, $0.arguments) }
        for (name, arguments) in calls {
            await attempt("tools/call \(name)") { try await client.callTool(name, arguments: arguments) }
        }
        if self == .callTools { return }
        for resource in await attempt("resources/list", { try await client.listResources() }) ?? [] {
            await attempt("resources/read \(resource.uri)") { try await client.readResource(resource.uri) }
        }
        for prompt in await attempt("prompts/list", { try await client.listPrompts() }) ?? [] {
            var arguments = OrderedMap<String>()
            for argument in prompt.arguments ?? [] { arguments[argument.name] = "test" }
            await attempt("prompts/get \(prompt.name)") { try await client.getPrompt(prompt.name, arguments: arguments) }
        }
    }

    /// Does one step; its failure is told and does not end the scenario, because scenarios contain calls that are meant to fail.
    @discardableResult
    private func attempt<Result>(_ step: String, _ body: () async throws -> Result) async -> Result? {
        do {
            return try await body()
        } catch {
            ConformanceClient.complain("\(step): \(error)")
            return nil
        }
    }
}
