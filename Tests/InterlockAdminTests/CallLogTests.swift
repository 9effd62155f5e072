import InterlockConcurrency
import InterlockJSON
import InterlockObservability
import InterlockProtocol
import InterlockServer
import InterlockSimulation
import InterlockTesting
import InterlockTransport
import Logging
import Synchronization
import Testing

@Suite("Whose call a line of the log belongs to", .timeLimit(.minutes(5)))
struct CallLogTests {
    private struct Broken: Error {}

    /// Keeps what is logged, with what its provider adds.
    private final class Log: Sendable {
        struct Line: Sendable {
            var text: String
            var ids: [String: String]
        }

        private struct Handler: LogHandler {
            let log: Log
            var metadata: Logger.Metadata = [:]
            var metadataProvider: Logger.MetadataProvider?
            var logLevel = Logger.Level.info

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                let ids = (metadataProvider?.get() ?? [:]).mapValues { "\($0)" }
                log.kept.withLock { $0.append(Line(text: event.message.description, ids: ids)) }
            }
        }

        private let kept = Mutex<[Line]>([])
        private let provider: Logger.MetadataProvider?
        init(_ provider: Logger.MetadataProvider? = .interlock) { self.provider = provider }

        /// Another one with each call, as a handler has its own beside the server's.
        var logger: Logger { Logger(label: "test") { _ in Handler(log: self, metadataProvider: self.provider) } }
        var lines: [Line] { kept.withLock { $0 } }
    }

    private struct NoSink: SpanSink {
        func export(_ body: [UInt8]) async throws {}
    }

    private static let initialize =
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
    private static let modern = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#

    private func server(_ log: Log, tracer: OTLPTracer? = nil, gate: Gate) throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.logger = log.logger
        configuration.tracer = tracer
        let own = log.logger
        return try Server(configuration: configuration) {
            Tool("work", inputSchema: AdminFixture.anything) { (_: RawJSON, context: HandlerContext) -> String in
                own.info("began")
                context.logger.info("by the server's")
                try await gate.wait()
                await withTaskGroup(of: Void.self) { $0.addTask { own.info("in a child") } }
                await Task { own.info("in a task of its own") }.value
                own.debug("below the level")
                throw Broken()
            }
            Resource("file:///x", name: "x", text: { _ in
                own.info("read")
                throw Broken()
            })
        }
    }

    /// A session of a tenant's.
    private func session(_ tenant: String, on server: Server) async throws -> WireClient {
        let client = try WireClient(server, principal: Principal(subject: "u", tenant: tenant))
        _ = try await client.request(Self.initialize)
        client.send(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        return client
    }

    /// A call without a session.
    private static func call(_ meta: String = modern) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"work","arguments":{},\#(meta)}}"#
    }

    private static let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"work","arguments":{"secret":"hunter2"}}}"#
    private static let texts = ["a tool failed", "began", "by the server's", "in a child", "in a task of its own"]

    @Test("each line of a call has the ids of that call, its session and its tenant, whoever writes it; two tenants call at once")
    func tenants() async throws {
        let (log, gate) = (Log(), Gate())
        let server = try server(log, gate: gate)
        let (acme, globex) = (try await session("acme", on: server), try await session("globex", on: server))
        log.logger.info("outside")
        for client in [acme, globex] { client.send(Self.call) }
        try await gate.waitForWaiters(2)
        gate.open()
        for client in [acme, globex] { _ = try await client.response(1) }
        _ = try await acme.request(Self.call)
        while server.snapshot.callsInFlight > 0 { await Task.yield() }

        let lines = log.lines
        #expect(lines.count == 16)
        // The control: what is logged outside calls has no ids, nor has anything after it that was not of a call.
        #expect(lines.filter { $0.ids.isEmpty }.map(\.text) == ["outside"])
        let byRequest = Dictionary(grouping: lines.filter { !$0.ids.isEmpty }) { $0.ids["request_id"] ?? "none" }
        #expect(byRequest.count == 3 && byRequest["none"] == nil)
        for lines in byRequest.values {
            #expect(lines.map(\.text).sorted() == Self.texts)
            #expect(Set(lines.map(\.ids)).count == 1)
        }
        let sessions = Dictionary(grouping: byRequest.values.compactMap(\.first)) { $0.ids["tenant_id"] }.mapValues { Set($0.map { $0.ids["session_id"] }) }
        #expect(Set(sessions.keys) == ["acme", "globex"])
        #expect(sessions.values.allSatisfy { $0.count == 1 } && sessions["acme"] != sessions["globex"])
        #expect(lines.allSatisfy { ($0.ids["session_id"] ?? "0123456789abcdef").wholeMatch(of: /[0-9a-f]{16}/) != nil })
        #expect(!"\(lines)".contains("hunter2"))
    }

    @Test("a session is not named by the id that lets in whoever has it, and a call without a session has none")
    func noCredential() async throws {
        let (log, gate) = (Log(), Gate())
        gate.open()
        let server = try server(log, gate: gate)
        let opened = try ExchangeProbe.post(Self.initialize, to: server)
        let id = try #require(await opened.response.headers.first { $0.name == "Mcp-Session-Id" }?.value)
        _ = await (try ExchangeProbe.post(Self.call, to: server, headers: ["Mcp-Session-Id": id])).response
        let name = try #require(log.lines.first?.ids["session_id"])
        #expect(!id.contains(name) && log.lines.allSatisfy { $0.ids["session_id"] == name && $0.ids["tenant_id"] == nil })
        let before = log.lines.count
        _ = try await WireClient(server).request(Self.call())
        #expect(log.lines.count == before + 5)
        #expect(log.lines.dropFirst(before).allSatisfy { $0.ids.keys.sorted() == ["request_id"] })
    }

    @Test("with a tracer each line names the trace too, of a resource's handler as of a tool's")
    func traced() async throws {
        let (log, gate) = (Log(), Gate())
        gate.open()
        let tracer = OTLPTracer(resource: OTLPResource(serviceName: "s"), configuration: OTLPConfiguration(), sink: NoSink())
        let client = try WireClient(try server(log, tracer: tracer, gate: gate))
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let meta = Self.modern.replacing("2026-07-28\"", with: "2026-07-28\",\"x\":1").replacing(
            "\"_meta\":{", with: #""_meta":{"traceparent":"00-\#(trace)-00f067aa0ba902b7-01","#)
        _ = try await client.request(Self.call(meta))
        _ = try await client.request(#"{"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"file:///x",\#(meta)}}"#)
        #expect(log.lines.map(\.text).sorted() == (Self.texts + ["a handler failed", "read"]).sorted())
        #expect(log.lines.allSatisfy { $0.ids["trace_id"] == trace && $0.ids["span_id"] != nil && $0.ids["request_id"] != nil })
    }

    @Test("control: without the provider no line has any")
    func without() async throws {
        let (log, gate) = (Log(nil), Gate())
        gate.open()
        _ = try await WireClient(try server(log, gate: gate)).request(Self.call())
        #expect(log.lines.count == 5 && log.lines.allSatisfy { $0.ids.isEmpty })
    }

    @Test("the line that the manual gives installs the provider")
    func oneLine() {
        let factory: @Sendable (String, Logger.MetadataProvider?) -> any LogHandler = StreamLogHandler.standardError
        #expect(factory("x", .interlock).metadataProvider != nil)
    }
}
