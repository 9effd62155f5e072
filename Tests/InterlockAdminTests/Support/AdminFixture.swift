@testable import InterlockAdmin
import InterlockConcurrency
import InterlockHTTPServer
import InterlockJSON
import InterlockObservability
import InterlockProtocol
import InterlockServer
import InterlockSimulation
import Logging

/// A server on a clock that the test moves, with what an admin listener looks at.
struct AdminFixture: Sendable {
    struct Broken: Error {}

    static let anything = RawJSON(["type": "object"] as JSONValue)
    let clock = ManualClock()
    let registry: MetricsRegistry
    let server: Server
    let gate = Gate()
    var sources: AdminSources

    init(tenants: TenantDirectory? = nil, @FeatureBuilder _ more: (Gate) -> [any Feature] = { _ in [] }) throws {
        registry = MetricsRegistry(clock: clock)
        var configuration = ServerConfiguration(name: "bank <b>", version: "1.2")
        configuration.clock = clock
        configuration.isObserved = true
        configuration.metrics = registry
        configuration.maximumQueued = 10
        configuration.tenants = tenants
        configuration.logger.logLevel = .critical
        let gate = gate
        let extra = more(gate)
        server = try Server(configuration: configuration) {
            Tool("count", inputSchema: Self.anything) { (_: RawJSON, _) in "1" }
            Tool("hold", inputSchema: Self.anything) { (_: RawJSON, _) in
                try await gate.wait()
                return "held"
            }.concurrency(1).queue(depth: 7, deadline: .seconds(20)).timeout(.seconds(60))
            Tool("flaky", inputSchema: Self.anything) { (_: RawJSON, _) -> String in throw Broken() }
                .breaker(CircuitBreakerConfiguration(window: .calls(10), minimumCalls: 4))
            extra
        }
        sources = AdminSources(server: server, registry: registry, clock: clock)
    }

    /// Runs a listener around `body`, then ends it by a graceful shutdown, which must return.
    func withListener(
        _ configuration: AdminConfiguration = AdminConfiguration(), _ body: @Sendable @escaping (Int, AdminListener) async throws -> Void
    ) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let listener = try AdminListener(configuration, sources: sources, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run() }
            do {
                try await body(try await listener.listening().port, listener)
            } catch {
                group.cancelAll()
                throw error
            }
            listener.beginGracefulShutdown()
            try await group.waitForAll()
        }
    }

    static func call(_ tool: String, id: Int) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}}"#
    }
}
