import ArgumentParser

/// The command line of Interlock.
struct InterlockCommand: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "interlock",
        abstract: "MCP servers that hold up when agents call many tools at once, and the tools to prove it.",
        version: version,
        subcommands: [
            Serve.self, Call.self, List.self, ProbeCommand.self, Bench.self, Doctor.self, Leak.self, Profile.self, Report.self, Race.self, Key.self, Tenants.self, Audit.self,
        ])
}
