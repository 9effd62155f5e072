import InterlockConcurrency
import InterlockHTTPServer
import InterlockSimulation
import InterlockTransport
import Logging

/// A server on a port of its own, on one event loop and a clock that the test moves.
struct TestServer: Sendable {
    let runtime: FakeRuntime
    let transport: HTTPServerTransport
    let clock: ManualClock
    let port: Int

    /// Another connection's round trip: when it is over, the loop has done everything that came before.
    func settle() async throws {
        let client = try await RawClient(port: port)
        try await client.send("GET /settle HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        _ = try await client.readReply()
        client.close()
    }

    func connect() async throws -> RawClient { try await RawClient(port: port) }
}

/// Runs a server around `body`, then ends it; what `run` throws is thrown.
func withServer<R: Sendable>(
    _ configure: (inout HTTPServerConfiguration) -> Void = { _ in }, gate: any RequestGate = OpenGate(), routes: [HTTPRoute] = [],
    _ body: @Sendable @escaping (TestServer) async throws -> R
) async throws -> R {
    var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: 0)
    configuration.eventLoopThreads = 1
    configure(&configuration)
    let clock = ManualClock()
    let runtime = FakeRuntime()
    let settle = HTTPRoute("GET", "/settle") { _ in HTTPRouteResponse(text: "settled") }
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let transport = HTTPServerTransport(configuration: configuration, gate: gate, routes: routes + [settle], clock: clock, logger: logger)
    return try await withThrowingTaskGroup(of: R?.self) { group in
        group.addTask {
            try await transport.run(runtime)
            return nil
        }
        group.addTask {
            let address = try await transport.listening()
            return try await body(TestServer(runtime: runtime, transport: transport, clock: clock, port: address.port))
        }
        defer { group.cancelAll() }
        while let result = try await group.next() {
            if let result { return result }
        }
        throw FakeRuntime.Failure()
    }
}

/// One POST as bytes.
func post(
    _ body: String, path: String = "/mcp", host: String? = "localhost", accept: String? = "application/json, text/event-stream",
    contentType: String? = "application/json", fields: [String] = [], length: Int? = nil
) -> String {
    var lines = ["POST \(path) HTTP/1.1"]
    if let host { lines.append("Host: \(host)") }
    if let accept { lines.append("Accept: \(accept)") }
    if let contentType { lines.append("Content-Type: \(contentType)") }
    lines += fields
    if !fields.contains(where: { $0.hasPrefix("Transfer-Encoding") }) { lines.append("Content-Length: \(length ?? body.utf8.count)") }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}

func call(_ method: String, id: Int = 1, params: String = "{}") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#
}
