import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockStorage
import InterlockTesting
import Synchronization
import Testing

/// What decides whether a key is used up: whether the handler was started, not what was thrown.
@Suite("Calls that take effect once: before and after the handler begins", .timeLimit(.minutes(5)))
struct IdempotentStartTests {
    private let runs = Counter()

    private func client(
        leases: any LeaseStore = InMemoryLeaseStore(), rates: (any RateLimitStore)? = nil, policies: (Tool<RawJSON>) -> Tool<RawJSON> = { $0 },
        handler: @escaping @Sendable (Int) throws -> String = { "payment \($0)" }
    ) throws -> WireClient {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.leaseStore = leases
        configuration.leaseDuration = .seconds(600)
        configuration.rateLimitStore = rates
        let runs = runs
        return try WireClient(try Server(configuration: configuration) {
            policies(Tool("pay", inputSchema: RawJSON(["type": "object"] as JSONValue)) { (_: RawJSON, _) in try handler(runs.next()) })
                .idempotent { $0["key"]?.string }
        })
    }

    private func pay(_ client: WireClient, _ id: Int) async throws -> JSONValue {
        try await client.request(Messages.call("pay", #"{"key":"a"}"#, id: "\(id)", modern: true))
    }

    @Test("a lease store that fails for a moment uses up no key", arguments: [StoreError.Code.unavailable, .refused])
    func leases(code: StoreError.Code) async throws {
        let client = try client(leases: OnceFailing(code), policies: { $0.exclusive(scope: .cluster) { _ in ["account"] } })
        let failed = try await pay(client, 1)
        #expect(failed.isToolError && failed.text?.hasPrefix("Nothing was done") == true)
        #expect(runs.count == 0)
        #expect(try await pay(client, 2).text == "payment 1")
        #expect(try await pay(client, 3).text == "payment 1")
    }

    @Test("nor does a rate limit store that fails")
    func rates() async throws {
        let client = try client(rates: OnceFailing(.refused), policies: { $0.rate(RateLimit(10, per: .seconds(60))) })
        #expect(try await pay(client, 1).text?.hasPrefix("Nothing was done") == true)
        #expect(try await pay(client, 2).text == "payment 1")
        #expect(try await pay(client, 3).text == "payment 1")
    }

    @Test("a handler that acts and then throws is not run again, whatever it throws")
    func afterwards() async throws {
        for error in [ProtocolError(code: .invalidParams, message: "no such account", data: ["account": 7]), StoreError(.unavailable, "no answer")] as [any Error & Sendable] {
            let before = runs.count
            let client = try client(handler: { _ in throw error })
            let (first, second) = (try await pay(client, 1), try await pay(client, 2))
            #expect(runs.count == before + 1)
            #expect(first["error"] == second["error"] && first["result"] == second["result"])
            if let error = error as? ProtocolError {
                #expect(second.errorMessage == error.message && second.errorCode == error.code.rawValue)
                #expect(second["error"]?["data"]?["account"]?.int == 7)
            } else {
                #expect(second.text?.contains("not known") == true)
            }
        }
    }

    @Test("an answer that is kept reads as it was", arguments: [
        IdempotentAnswer.result(.text("done")), .result(.error("no cover")), .failure(ProtocolError(code: .invalidParams, message: "no", data: ["a": 1])),
    ])
    func answer(answer: IdempotentAnswer) throws {
        let read = try IdempotentAnswer(stored: answer.stored)
        switch (answer, read) {
        case (.result(let a), .result(let b)): #expect(a.content == b.content && a.isError == b.isError)
        case (.failure(let a), .failure(let b)): #expect(a == b)
        default: Issue.record("\(answer) was read as \(read)")
        }
    }
}

/// Stores whose first question fails.
private final class OnceFailing: LeaseStore, RateLimitStore {
    private let code: StoreError.Code
    private let hasFailed = Mutex(false)
    private let leases = InMemoryLeaseStore()
    private let rates = InMemoryRateLimitStore()

    init(_ code: StoreError.Code) { self.code = code }

    private func failOnce() throws(StoreError) {
        let fails = hasFailed.withLock { failed in
            defer { failed = true }
            return !failed
        }
        if fails { throw StoreError(code, "not now") }
    }

    func acquire(_ key: String, limit: Int, duration: Duration) async throws(StoreError) -> Lease? {
        try failOnce()
        return try await leases.acquire(key, limit: limit, duration: duration)
    }

    func renew(_ lease: Lease, duration: Duration) async throws(StoreError) -> Bool { try await leases.renew(lease, duration: duration) }
    func release(_ lease: Lease) async throws(StoreError) { try await leases.release(lease) }

    func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision {
        try failOnce()
        return try await rates.take(cost, from: key, limits: limits)
    }
}
