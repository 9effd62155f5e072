import InterlockConcurrency
import InterlockHTTPServer
import InterlockJSON
import InterlockObservability
import InterlockServer
import InterlockStorage
import InterlockTransport
import Logging
import Synchronization
import Testing

@Suite("Traces of requests that come over HTTP", .timeLimit(.minutes(5)))
struct TracedListenerTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let caller = "00f067aa0ba902b7"

    /// One span as it was exported.
    private struct Exported: Sendable {
        var name: String
        var trace: String
        var id: String
        var parent: String?
        var kind: Int?
        var isError: Bool
        var attributes: [String: JSONValue]

        init?(_ json: JSONValue) {
            guard let name = json["name"]?.string, let trace = json["traceId"]?.string, let id = json["spanId"]?.string else { return nil }
            (self.name, self.trace, self.id, parent, kind) = (name, trace, id, json["parentSpanId"]?.string, json["kind"]?.int)
            isError = json["status"]?["code"]?.int == 2
            attributes = [:]
            for attribute in json["attributes"]?.array ?? [] {
                if let key = attribute["key"]?.string { attributes[key] = attribute["value"]?["stringValue"] ?? attribute["value"]?["intValue"] }
            }
        }
    }

    private final class Sink: SpanSink {
        let spans = Mutex<[Exported]>([])

        func export(_ body: [UInt8]) async throws {
            let resources = try JSONValue(parsing: String(decoding: body, as: UTF8.self))["resourceSpans"]?.array ?? []
            let found = resources.flatMap { $0["scopeSpans"]?.array ?? [] }.flatMap { $0["spans"]?.array ?? [] }.compactMap { Exported($0) }
            spans.withLock { $0 += found }
        }
    }

    /// Says who calls by what the credential says, after a moment; one refusal gives no reason. Notes whether requests are traced.
    private final class Door: RequestGate {
        let traced = Mutex<[Bool]>([])

        func decide(_ head: RequestHead) -> GateDecision {
            traced.withLock { $0.append(head.steps != nil) }
            let tenant = head.headers.first("Authorization")
            return .later {
                switch tenant {
                case nil: return .refuse(OutboundResponse(body: nil, status: 401))
                case "nobody":
                    head.steps?.refuse("expired", by: "authorization")
                    return .refuse(OutboundResponse(body: nil, status: 401))
                case let tenant?: return .admit(Principal(subject: "ann", tenant: tenant))
                }
            }
        }
    }

    private let door = Door()
    private let sessions = InMemorySessionStore()

    /// Serves on loopback around `body`, and returns the spans that were exported; none without a tracer.
    private func spans(traces: Bool = true, _ body: @Sendable @escaping (Int) async throws -> Void) async throws -> [Exported] {
        let sink = Sink()
        let tracer = OTLPTracer(resource: OTLPResource(serviceName: "s"), sink: sink)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.logger = quiet
        configuration.sessionStore = sessions
        configuration.startsFastHandlersInline = false
        configuration.isObserved = true
        configuration.tracer = traces ? tracer : nil
        configuration.tenants = TenantDirectory(try TenantConfiguration(json: Array(#"""
            {"tenants":{"acme":{},"small":{"rateLimits":[{"count":1,"period":"1h","burst":1}]}}}
            """#.utf8)))
        let server = try Server(configuration: configuration) { Tool("work", inputSchema: AdminFixture.anything) { (_: RawJSON, _) in "done" } }
        let transport = HTTPServerTransport(
            configuration: HTTPServerConfiguration(host: "127.0.0.1", port: 0), gate: TenantGate(after: door, states: try #require(server.tenants)),
            logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve(on: [transport]) }
            group.addTask { await tracer.run() }
            do {
                try await body(try await transport.listening().port)
            } catch {
                group.cancelAll()
                throw error
            }
            server.beginGracefulShutdown()
            while server.snapshot.callsInFlight > 0 { await Task.yield() }
            tracer.beginShutdown()
            try await group.waitForAll()
        }
        return sink.spans.withLock { $0 }
    }

    private func post(_ body: String, to port: Int, tenant: String? = "acme", fields: [String] = []) async throws -> AdminReply {
        try await AdminReply.get(
            "/mcp", method: "POST", port: port,
            fields: [
                "Accept: application/json, text/event-stream", "Content-Type: application/json", "traceparent: 00-\(Self.trace)-\(Self.caller)-01",
            ] + (tenant.map { ["Authorization: \($0)"] } ?? []) + fields, body: body)
    }

    private static func initialize() -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
    }

    private static let call = #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"work","arguments":{}}}"#

    @Test("a call that is served is one span in the trace of its header, with one span for each step, its gates and its session's return included")
    func served() async throws {
        let session = Mutex<String?>(nil)
        let before = try await spans { (port: Int) async throws -> Void in
            let opened = try await post(Self.initialize(), to: port)
            session.withLock { $0 = opened["mcp-session-id"] }
        }
        #expect(!before.contains { $0.name == "refused" })
        let id = try #require(session.withLock { $0 })
        // Another process, which has to bring the session back.
        let spans = try await spans { (port: Int) async throws -> Void in
            let reply = try await post(Self.call, to: port, fields: ["Mcp-Session-Id: \(id)"])
            #expect(reply.status == 200 && reply.body.contains("done"))
        }
        let root = try #require(spans.first { $0.name == "tools/call work" })
        #expect(root.trace == Self.trace && root.parent == Self.caller && root.kind == 2 && !root.isError)
        #expect(spans.map(\.name).sorted() == ["credential", "handler", "session restore", "tenant", "tools/call work", "wait admission", "write"])
        for span in spans where span.id != root.id { #expect(span.trace == Self.trace && span.parent == root.id, "\(span.name)") }
    }

    @Test("a request that is refused by its head is one span in the trace of its header, with what refused it and why in few words", arguments: [
        ("acme", ["Origin: https://evil.example"], 403, "http", "origin", []), ("acme", ["Content-Encoding: gzip"], 415, "http", "content_type", []),
        ("nobody", [], 401, "authorization", "expired", ["credential"]), (nil, [], 401, "other", "unknown", ["credential"]),
        ("stranger", [], 403, "tenants", "unknown_tenant", ["credential", "tenant"]), ("small", [], 429, "tenants", "tenant_rate", ["credential", "tenant"]),
    ] as [(String?, [String], Int, String, String, [String])])
    func refused(tenant: String?, fields: [String], status: Int, gate: String, reason: String, steps: [String]) async throws {
        let spans = try await spans { (port: Int) async throws -> Void in
            if tenant == "small" { _ = try await post(Self.initialize(), to: port, tenant: tenant) } // what it may
            #expect(try await post(Self.initialize(), to: port, tenant: tenant, fields: fields).status == status)
        }
        let refused = spans.filter { $0.name == "refused" }
        let root = try #require(refused.first)
        #expect(refused.count == 1)
        #expect(root.trace == Self.trace && root.parent == Self.caller && root.kind == 2 && root.isError)
        #expect(root.attributes == [
            "http.request.method": "POST", "http.response.status_code": .string("\(status)"), "interlock.gate": .string(gate), "interlock.reason": .string(reason),
        ])
        #expect(spans.filter { $0.parent == root.id }.map(\.name).sorted() == steps)
    }

    @Test("where nobody traces a request is given no steps to note, and a refusal is no span; control: where somebody does, it is", arguments: [false, true])
    func untraced(traces: Bool) async throws {
        let spans = try await spans(traces: traces) { (port: Int) async throws -> Void in
            #expect(try await post(Self.initialize(), to: port).status == 200)
            #expect(try await post(Self.initialize(), to: port, tenant: "nobody").status == 401)
        }
        #expect(door.traced.withLock { $0 } == [traces, traces])
        #expect(spans.isEmpty == !traces)
    }
}
