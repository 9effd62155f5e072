import Foundation
import Interlock
import InterlockConcurrency
import InterlockDiagnostics
import Testing

// What the guide's tools work with.
@ToolInput
private struct UserID { var id: String }
@ToolInput
private struct PageID { var id: String }
@ToolInput
private struct Payment { var from, to: String; var amount: Int }
@ToolInput
private struct Secret { var password: String }
private actor Users {
    private var ids: Set<String> = []
    func count() -> Int { ids.count }
    func insert(_ id: String) { ids.insert(id) }
}
private actor Store {
    private var numbers: [String: Int] = [:]
    func number(_ name: String) -> Int { numbers[name, default: 0] }
    func set(_ name: String, _ number: Int) { numbers[name] = number }
}
private struct Bank { func move(_ amount: Int, _ from: String, _ to: String) async throws -> String { "moved" } }
private struct Upstream { func enrich(_ id: String) async throws -> String { id } }
private struct Connection {
    static func open() async throws -> Connection { Connection() }
    func ask(_ question: String) async throws -> String { question }
    func close() {}
}
private let (users, store, bank, upstream) = (Users(), Store(), Bank(), Upstream())
private let limiter = Limiter(limit: 5)
private func hash(_ password: String) throws -> String { password }

@Suite("The guide to hazards")
struct HazardGuideTests {
    private func server() throws -> Server {
        try Server(name: "guide", version: "1") {
            Tool("register_user") { (input: UserID, _) in
                guard await users.count() < 10 else { throw ToolError("User limit reached") }
                await users.insert(input.id)
                return "registered"
            }
            .exclusive { _ in ["users"] }
            Tool("visit") { (input: PageID, _) in
                let visits = await store.number(input.id)
                await store.set(input.id, visits + 1)
                return "\(visits + 1)"
            }
            .exclusive { [$0.id] }
            Tool("transfer") { (input: Payment, _) in try await bank.move(input.amount, input.from, input.to) }
                .exclusive { ["account:" + $0.from, "account:" + $0.to] }
            Tool("enrich_record") { (input: UserID, _) in try await upstream.enrich(input.id) }
                .rate(RateLimit(5, per: .seconds(1)), per: .everyone)
                .concurrency(5)
                .queue(depth: 100, deadline: .seconds(20))
            Tool("hash_password") { (input: Secret, _) in try hash(input.password) }
                .onWorkers()
                .timeout(.seconds(10))
            Tool("lookup") { (input: UserID, _) in try await upstream.enrich(input.id) }
                .breaker(CircuitBreakerConfiguration(failureRate: 0.5, openDuration: .seconds(30)))
                .retry(RetryPolicy(attempts: 3, budget: RetryBudget()))
                .timeout(.seconds(5))
            Tool("exchange_rates") { (input: UserID, _) in try await upstream.enrich(input.id) }
                .cache(entries: 500, ttl: .seconds(60), staleFor: .seconds(300), per: .everyone)
            Tool("geocode") { (input: UserID, _) in try await upstream.enrich(input.id) }
                .preset(.rateLimitedAPI(RateLimit(100, per: .seconds(60))))
            Tool("thumbnail") { (input: Secret, _) in try hash(input.password) }
                .preset(.cpu)
            Tool("query") { (input: PageID, _) in "\(await store.number(input.id))" }
                .preset(.sqlite(connections: 4))
            Tool("export") { (input: PageID, _) in "\(await store.number(input.id))" }
                .preset(.fileWrites(atOnce: 4))
                .queue(depth: 50, deadline: .seconds(30))
        }
    }

    func create(_ path: String, _ bytes: [UInt8]) throws -> Bool {
        try AtomicFile(path: path).createIfAbsent(bytes)
    }

    private func lend() async throws -> String {
        let connections = ResourcePool(.init(maximum: 5)) { try await Connection.open() } close: { $0.close() }
        func ask(_ question: String) async throws -> String {
            try await connections.withResource { try await $0.ask(question) }
        }
        return try await ask("b")
    }

    func guarded() async throws -> String {
        try await limiter.withPermit { try await upstream.enrich("a") }
    }

    @Test("has no line of Swift that is not compiled")
    func snippets() async throws {
        _ = try server()
        #expect(try await guarded() == "a")
        #expect(try await lend() == "b")
        let page = try Guide("docs/hazards.md")
        let sections = page.text.components(separatedBy: "\n## ").dropFirst().filter { $0.contains("**Find it**") }
        #expect(sections.count >= 9)
        for section in sections {
            let title = section.prefix { $0 != "\n" }
            #expect(section.contains("```swift"), "'\(title)' has no line that fixes it")
            #expect(section.contains("**Not seen**"), "'\(title)' does not say what no tool sees")
        }
        #expect(try page.swift(missingIn: #filePath) == [])
    }

    @Test("has a file of policies that is read, and a plan that is one")
    func configuration() throws {
        let blocks = try Guide("docs/hazards.md").blocks("json")
        try #require(blocks.count == 2)
        let policies = try ToolPolicySettings.tools(RawJSON(parsing: blocks[0]), at: "tools")
        #expect(policies.keys.sorted() == ["export", "geocode", "query", "thumbnail"])
        let plan = try RacePlan(parsing: blocks[1])
        _ = try RaceRun(plan, seed: 1, server: .kept)
    }
}
