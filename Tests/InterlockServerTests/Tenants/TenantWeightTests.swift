import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockSimulation
import InterlockTesting
import InterlockTransport
import Logging
import Synchronization
import Testing

@Suite("Shares of a server by the weights of its tenants", .timeLimit(.minutes(5)))
struct TenantWeightTests {
    /// Who was served, in the order in which their handlers began.
    private final class Served: Sendable {
        private let order = Mutex<[String]>([])

        func note(_ tenant: String?) { order.withLock { $0.append(tenant ?? "") } }
        var all: [String] { order.withLock { $0 } }
    }

    /// How many calls of each tenant a server begins first when both have more waiting than it gets to, and each call takes its while of virtual time.
    private func served(_ count: Int, weights: [String: Int], inFlight: Int, seed: UInt64) async throws -> [String: Int] {
        let (work, served) = (ManualClock(), Served())
        let random = Mutex(SeededRandom(seed: seed))
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = ManualClock()
        configuration.maximumInFlight = inFlight
        configuration.maximumQueued = 4 * count
        configuration.logger.logLevel = .critical
        configuration.tenants = TenantDirectory(TenantConfiguration(tenants: weights.mapValues { weight in
            var policy = TenantPolicy()
            policy.weight = weight
            policy.rateLimits = [RateLimit(1_000_000, per: .seconds(1))]
            return policy
        }))
        let server = try Server(configuration: configuration) {
            Tool("work", inputSchema: RawJSON(["type": "object"] as JSONValue)) { (_: RawJSON, context) in
                served.note(context.principal?.tenant)
                try await work.sleep(for: .milliseconds(random.withLock { Int.random(in: 1...4, using: &$0) }))
                return ""
            }
        }
        // Each tenant alone has more calls than are looked at, over several connections.
        let clients = try (0..<4).flatMap { number in
            try weights.keys.sorted().map { try WireClient(server, principal: Principal(subject: "caller-\(number)", tenant: $0)) }
        }
        for id in 0..<((count + inFlight) / 4 + 1) {
            for client in clients { client.send(Messages.call("work", "{}", id: "\(id)", modern: true)) }
        }
        try await work.waitForPending(inFlight)
        while served.all.count < inFlight + count {
            work.advance(by: .milliseconds(1))
            try await work.waitForPending(inFlight) // those that have ended made room for as many
        }
        // The places of an idle server went to whoever came first.
        let first = served.all.dropFirst(inFlight).prefix(count)
        for client in clients {
            client.disconnect()
            await client.drained()
        }
        return Dictionary(first.map { ($0, 1) }, uniquingKeysWith: +)
    }

    @Test("two tenants that wait all the time are served 1 : 3 with these weights; with equal ones 1 : 1", arguments: zip([1, 4, 16], [1, 2, 3] as [UInt64]))
    func ratio(inFlight: Int, seed: UInt64) async throws {
        for (weight, expected) in [(3, 3.0), (1, 1.0)] {
            let found = try await served(400, weights: ["light": 1, "heavy": weight], inFlight: inFlight, seed: seed)
            let (light, heavy) = (Double(found["light"] ?? 0), Double(found["heavy"] ?? 0))
            #expect(light + heavy == 400 && abs(heavy / light / expected - 1) <= 0.05, "\(heavy) to \(light)")
        }
    }
}
