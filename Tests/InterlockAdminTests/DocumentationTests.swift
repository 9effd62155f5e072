import Foundation
@testable import InterlockAdmin
import CoreMetrics
import InterlockConcurrency
import InterlockJSON
import InterlockObservability
import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

@Suite("docs/observability.md", .timeLimit(.minutes(5)))
struct DocumentationTests {
    private struct Store: ObservedStore {
        var observedName: String { "sessions" }
        var condition: StoreCondition {
            var latencies = DurationHistogram()
            latencies.record(.milliseconds(1))
            let traffic = StoreTraffic(
                waiting: 0, breaker: .closed, commands: 3, refused: 0, failures: 1, connections: StoreConnections(standing: 1, wanted: 2, reconnects: 0))
            return StoreCondition(outage: StoreOutage(.timeout, since: 1), latencies: latencies, traffic: traffic)
        }
    }

    @Test("it names every metric of a server with everything in it, and no metric that is not there")
    func metrics() async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/observability.md")
        let text = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
        let table = text.split(separator: "\n").filter { $0.hasPrefix("| `interlock_") }.joined(separator: "\n")
        let documented = Set(table.matches(of: /`(interlock_[a-z_]+)`/).map { String($0.1) })

        let tenants = TenantDirectory(TenantConfiguration(unknownTenants: .defaults, withoutTenant: .defaults))
        var fixture = try AdminFixture(tenants: tenants) { _ in
            Tool("all", inputSchema: AdminFixture.anything) { (_: RawJSON, _) in "" }
                .rate(RateLimit(5, per: .seconds(1)), per: .everyone).cache(ttl: .seconds(60)).onWorkers()
        }
        fixture.sources.process = ProcessMetrics(clock: fixture.clock) { ProcessStatistics(residentBytes: 1, descriptorLimit: 9) }
        fixture.sources.executor = ExecutorDelayProbe(clock: fixture.clock)
        fixture.sources.stores = [Store()]
        fixture.sources.connections = { ObservedConnections(active: 1, limit: 2, waiting: 0) }
        let (registry, server, clock) = (fixture.registry, fixture.server, fixture.clock)
        // What its owner makes, as the page says.
        registry.makeTimer(label: "interlock_executor_delay_seconds", dimensions: []).recordNanoseconds(1)
        try await fixture.withListener { (port, _) async throws in
            let client = try WireClient(server, principal: Principal(subject: "ann", tenant: "acme"))
            for (id, tool) in ["all", "flaky", "count"].enumerated() { _ = try await client.request(AdminFixture.call(tool, id: id)) }
            clock.advance(by: .seconds(2))
            let scrape = try await AdminReply.get("/metrics", port: port).body
            let exported = Set(scrape.matches(of: /TYPE (interlock_[a-z_]+)\ /).map { String($0.1) }.filter { !$0.hasSuffix("_quantile") })
            #expect(exported.subtracting(documented).isEmpty, "not in the page")
            // These come only with what this test does not do: more metrics than the registry keeps.
            let rare: Set = ["interlock_metrics_dropped_labels_total", "interlock_metrics_dropped_metrics_total"]
            #expect(documented.subtracting(exported).subtracting(rare).isEmpty, "not in the scrape")
        }
    }
}
