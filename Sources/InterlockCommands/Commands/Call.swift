import ArgumentParser
import InterlockClient
import InterlockJSON
import InterlockProtocol

/// `interlock call`: one tool call, by hand.
struct Call: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Call a tool of a server.",
        usage: """
            interlock call [<options>] <url> <tool> [<json>]
            interlock call [<options>] '<command …>' <tool> [<json>]
            interlock call [<options>] <tool> [<json>] -- <command> [<argument> …]
            """,
        discussion: """
            The server is a URL, or a command that serves on its standard input and output. The arguments are a JSON object.
            Exit codes: 0 the tool answered, 1 usage, 3 the server wants a credential, 4 it cannot be reached, 5 the tool failed.
            A failure is told on standard error as one line of JSON.
            """)

    @OptionGroup var options: TargetOptions
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var first: String?
    @Argument(help: ArgumentHelp("Tool to call.", valueName: "tool")) var second: String?
    @Argument(help: ArgumentHelp("Arguments: a JSON object.", valueName: "json")) var third: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [first, second, third].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        guard let tool = words.popFirst() else { throw UsageError("Which tool? Say `interlock call <url or command> <tool> [<json>]`; `interlock list` shows them.") }
        let arguments = try Self.arguments(words.popFirst())
        guard words.isEmpty else { throw UsageError("There is one word too many: '\(words[words.startIndex])'. Quote JSON and commands that contain spaces.") }
        let result = try await target.withClient(options) { client in
            let requestOptions = try options.requestOptions
            do {
                return (try await client.callTool(tool, arguments: arguments, options: requestOptions), client.server?.revision ?? .latest)
            } catch let error as ProtocolError where error.code == .invalidParams {
                throw await Self.explained(error, tool, client, requestOptions)
            }
        }
        print(options.json ? TerminalText.json(JSONOutput.text(result.0, revision: result.1)) : TerminalText.printed(ReadableOutput.text(result.0)))
        if result.0.isError { throw ToolFailure(tool: tool, message: ReadableOutput.text(result.0)) }
    }

    /// A refusal with what the server has instead, where the tool is none of it.
    private static func explained(_ refusal: ProtocolError, _ tool: String, _ client: Client, _ options: RequestOptions) async -> ProtocolError {
        // A server that does not list its tools has said all it says.
        guard let tools = try? await client.listTools(options: options), !tools.contains(where: { $0.name == tool }) else { return refusal }
        var refusal = refusal
        refusal.message += (refusal.message.hasSuffix(".") ? " " : ". ") + MissingTool.sentence(tool, among: tools.map(\.name))
        return refusal
    }

    private static func arguments(_ text: String?) throws -> RawJSON? {
        guard let text else { return nil }
        do {
            let json = try RawJSON(parsing: text)
            guard json.kind == .object else { throw UsageError("The arguments must be a JSON object such as '{\"id\":\"ada\"}', not \(text).") }
            return json
        } catch let error as JSONError {
            throw UsageError("The arguments are not JSON: \(error). Quote them for the shell: '{\"id\":\"ada\"}'.")
        }
    }
}
