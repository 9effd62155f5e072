import ArgumentParser

/// What `call` and `list` share: how to reach the server, and how to print.
struct TargetOptions: ParsableArguments {
    /// Which era to speak.
    enum Era: String, ExpressibleByArgument, CaseIterable {
        case auto, modern, legacy
    }

    @Flag(help: "Print the answer as JSON.") var json = false
    @Option(help: ArgumentHelp("Header field for every HTTP request, for example 'Authorization: Bearer …'.", valueName: "name: value")) var header: [String] = []
    @Flag(name: .customLong("http2"), help: "Speak HTTP/2: by prior knowledge in clear text, by ALPN over TLS.") var http2 = false
    @Option(help: ArgumentHelp("Certificates (PEM) to trust instead of the system's authorities.", valueName: "file")) var cacert: String?
    @Option(help: ArgumentHelp("Protocol era to speak: auto, modern (2026-07-28) or legacy.", valueName: "era")) var era = Era.auto
    @Option(help: ArgumentHelp("Longest wait for one answer, progress starts it anew [60s; 10s for commands that examine].", valueName: "time"))
    var timeout: String?
}
