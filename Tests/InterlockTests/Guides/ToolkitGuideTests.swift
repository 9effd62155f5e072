import InterlockConcurrency
import Testing

private struct Connection {
    static func open() async throws -> Connection { Connection() }
    func rows() async throws -> [String] { ["a row"] }
    func close() {}
}

private struct Upstream {
    func fetch(_ url: String) async throws -> String { url }
}

@Suite("The guide to the toolkit")
struct ToolkitGuideTests {
    private let upstream = Upstream()
    private let url = "https://example.com"
    private let tenant = "acme"

    @Test("its examples run, and have no line of Swift that is not compiled", .timeLimit(.minutes(5)))
    func snippets() async throws {
        let limiter = Limiter(limit: 5, queue: .init(depth: 100, deadline: .seconds(20), whenFull: .rejectOldest))
        let answer = try await limiter.withPermit { try await upstream.fetch(url) }
        limiter.setLimit(10)
        limiter.setQueueDepth(200)
        #expect(answer == url)
        let connections = ResourcePool(.init(maximum: 5, queue: .init(depth: 50))) { try await Connection.open() } close: { $0.close() }
        let rows = try await connections.withResource(for: tenant) { try await $0.rows() }      // tenants in turn
        connections.setQueueDepth(20)                                                           // at once; who waits already stays
        #expect(rows == ["a row"])
        let tokens = SingleFlight<String, String>(queue: .init(depth: 1_000, deadline: .seconds(10), whenFull: .rejectOldest))
        let token = try await tokens.value(for: tenant) { try await upstream.fetch(url) }
        let fair = FairLimiter<String>(limit: 4, queue: .init(depth: 100, whenFull: .rejectEarliestDeadline))
        let fetched = try await fair.withPermit(for: tenant) { try await upstream.fetch(url) }
        #expect(token == url && fetched == url)
        let snapshot = limiter.snapshot
        print("\(snapshot.active) run, \(snapshot.waiting) wait, p99 of the wait \(snapshot.waits.quantile(0.99) ?? .zero)")
        await limiter.drain()
        #expect(snapshot.granted == 1)
        #expect(try Guide("docs/toolkit.md").swift(missingIn: #filePath) == [])
    }
}
