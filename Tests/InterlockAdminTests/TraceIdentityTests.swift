import InterlockConcurrency
import InterlockJSON
import InterlockObservability
@testable import InterlockServer
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("Which trace a slow call names", .timeLimit(.minutes(5)))
struct TraceIdentityTests {
    /// Keeps nothing of what it is sent.
    private struct NoSink: SpanSink {
        func export(_ body: [UInt8]) async throws {}
    }

    private func slowest(_ traceparent: String?, tracer: OTLPTracer?) async throws -> String? {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.isObserved = true
        configuration.tracer = tracer
        let server = try Server(configuration: configuration) { Tool("work", inputSchema: AdminFixture.anything) { (_: RawJSON, _) in "done" } }
        let member = traceparent.map { #","traceparent":"\#($0)""# } ?? ""
        let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}\#(member)}"#
        _ = try await WireClient(server).request(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"work","arguments":{},\#(meta)}}"#)
        while server.snapshot.callsInFlight > 0 { await Task.yield() }
        return try #require(server.report.slowest.first).traceID
    }

    private var tracer: OTLPTracer { OTLPTracer(resource: OTLPResource(serviceName: "s"), configuration: OTLPConfiguration(), sink: NoSink()) }

    @Test("that of its own span: the one the request names, or, if it names none or nonsense, one that was made for it")
    func own() async throws {
        let known = "4bf92f3577b34da6a3ce929d0e0e4736"
        #expect(try await slowest("00-\(known)-00f067aa0ba902b7-01", tracer: tracer) == known)
        for traceparent in [nil, "00-zzf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"] {
            let made = try #require(try await slowest(traceparent, tracer: tracer))
            #expect(made.utf8.count == 32 && made != known && made.allSatisfy(\.isHexDigit))
        }
    }

    @Test("without a tracer that of the request, if it could be one", arguments: [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736"), (nil, nil),
        ("00-4bf92f3577b34da6a3ce929d0e0e473<-00f067aa0ba902b7-01", nil), ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", nil),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", nil), ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", nil), ("-", nil),
    ] as [(String?, String?)])
    func named(traceparent: String?, expected: String?) async throws {
        #expect(try await slowest(traceparent, tracer: nil) == expected)
    }
}
