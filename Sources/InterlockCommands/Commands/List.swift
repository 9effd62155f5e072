import ArgumentParser
import InterlockClient

/// `interlock list`: what a server offers.
struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the tools, resources and prompts of a server.",
        usage: """
            interlock list [<options>] <url>
            interlock list [<options>] '<command …>'
            interlock list [<options>] -- <command> [<argument> …]
            """,
        discussion: "Exit codes and errors are those of `interlock call`.")

    @OptionGroup var options: TargetOptions
    @Argument(help: ArgumentHelp("URL or command, unless the command follows --.", valueName: "url")) var server: String?
    @Argument(parsing: .postTerminator, help: ArgumentHelp(visibility: .hidden)) var command: [String] = []

    func run() async throws {
        var words = [server].compactMap(\.self)[...]
        let target = try ServerTarget(takingFrom: &words, command: command)
        guard words.isEmpty else { throw UsageError("There is one word too many: '\(words[words.startIndex])'. Quote a command that contains spaces.") }
        let offer = try await target.withClient(options) { client in try await ServerOffer(of: client, options: options.requestOptions) }
        print(options.json ? TerminalText.json(JSONOutput.text(offer)) : ReadableOutput.text(offer))
    }
}
