import EchoTool
import Glibc
import InterlockHTTPServer
import InterlockServer
import InterlockStdio
import InterlockTransport
import Logging

/// `echo-server --http PORT` or `echo-server --stdio`: the server whose cost is measured. Two event loops, no log.
@main
struct EchoServerCommand {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let quiet = Logger(label: "echo") { _ in SwiftLogNoOpLogHandler() }
        let server = try EchoServer.make()
        if arguments.first == "--stdio" {
            try await server.serve(on: [StdioServerTransport(logger: quiet)])
        } else if arguments.first == "--http", let port = arguments.dropFirst().first.flatMap({ Int($0) }) {
            raiseDescriptorLimit()
            var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: port)
            configuration.eventLoopThreads = 2
            configuration.maximumConnections = 20_000
            try await server.serve(on: [HTTPServerTransport(configuration: configuration, logger: quiet)])
        } else {
            let usage = "usage: echo-server --http PORT | --stdio\n"
            _ = write(2, usage, usage.utf8.count)
            exit(1)
        }
    }

    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
