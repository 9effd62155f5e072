public import InterlockConcurrency
public import InterlockJSON
public import InterlockServer
import Logging

/// The arguments of the one tool that everything here calls.
public struct EchoInput: Decodable, ToolInput {
    public var text: String

    public static let inputSchema = InputSchema { .string("text", "What to answer") }.schema
}

/// The server under measurement: one typed tool, no log.
public enum EchoServer {
    /// Makes the server, with room for the sessions of the memory measurement.
    public static func make(clock: any SchedulingClock = SystemClock.shared) throws -> Server {
        var configuration = ServerConfiguration(name: "echo", version: "1.0")
        configuration.logger = Logger(label: "echo") { _ in SwiftLogNoOpLogHandler() }
        configuration.maximumConnections = 20_000
        configuration.clock = clock
        return try Server(configuration: configuration) {
            Tool("echo", "Answers with the text it is given") { (input: EchoInput, _) in input.text }
        }
    }
}
