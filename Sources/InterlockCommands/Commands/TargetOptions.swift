import ArgumentParser

/// What `call` and `list` share: how to reach the server, and how to print.
struct TargetOptions: ParsableArguments {
    /// Which era to speak.
    enum Era: String, ExpressibleByArgument, CaseIterable {
        case auto, modern, legacy
    }

    @Flag(help: "Print the answer as JSON.") var json = false
    @Option(help: ArgumentHelp("Header field for every HTTP request, for example 'Authorization: Bearer …'.", valueName: "name: value")) var header: [String] = []
    @Option(help: ArgumentHelp("Protocol era to speak: auto, modern (2026-07-28) or legacy.", valueName: "era")) var era = Era.auto
    @Option(help: ArgumentHelp("Longest wait for the answer, progress starts it anew [60s].", valueName: "time")) var timeout: String?
}
