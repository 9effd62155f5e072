import ArgumentParser

/// `interlock bench`: a load on a server, measured from when each call was due.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a load on any MCP server and measure it; compare servers and runs.",
        usage: """
            interlock bench [<options>] --tool <name> <url>
            interlock bench [<options>] --scenario <file> -- <command> [<argument> …]
            interlock bench [<options>] --tool <name> --against <baseline server> <url>
            interlock bench compare --baseline <file> --candidate <file>
            """,
        discussion: """
            Calls begin at a constant rate whatever the server does, so a stall shows in the latency of every call it held up. With -c so many
            clients call one after the other instead. Without a scenario or --arguments, arguments are made from the tool's input schema.
            Exit codes: 0 ok, 1 usage, 3 the server wants a credential, 4 it cannot be reached, 5 every call failed, 6 a regression, 8 a
            comparison that is undecided or has too little data, or no rate that held.
            """,
        subcommands: [BenchRun.self, BenchCompare.self], defaultSubcommand: BenchRun.self)
}
