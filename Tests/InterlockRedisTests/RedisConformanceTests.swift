import Foundation
import InterlockConcurrency
import InterlockRedis
import InterlockStorage
import InterlockTesting
import Synchronization
import Testing

extension AgainstRedis {
    /// Every Redis store keeps the contract of its protocol: two clients over one server, as two instances have them, with the rights that docs/stores.md asks for and no others.
    @Suite("Redis stores conform", .timeLimit(.minutes(5)))
    struct RedisConformanceTests {
        @Test(arguments: SessionStoreConformance.checks) func sessions(check: SessionStoreConformance.Check) async throws {
            try await withClients { clients in
                let prefix = Mutex("")
                let store = SessionStoreUnderTest(
                    name: "Redis", isBounded: false, lapsesByItself: true,
                    make: { _ in
                        let client = try clients.make()
                        prefix.withLock { $0 = client.prefix }
                        return RedisSessionStore(client.client)
                    },
                    reopen: { _ in RedisSessionStore(try clients.make(prefix.withLock { $0 }).client) })
                try await note(check.run(on: store), of: check.name)
            }
        }

        @Test(arguments: EventStoreConformance.checks) func eventsOfOneInstance(check: EventStoreConformance.Check) async throws {
            try await withClients { clients in
                let store = EventStoreUnderTest(name: "Redis", make: { bytes in clients.events(try clients.make().client, maximumLocalBytes: bytes) })
                try await note(check.run(on: store), of: check.name)
            }
        }

        @Test(arguments: StateStoreConformance.checks) func state(check: StateStoreConformance.Check) async throws {
            try await run(check) { RedisStateStore($0) }
        }

        @Test(arguments: IdempotencyStoreConformance.checks) func idempotency(check: IdempotencyStoreConformance.Check) async throws {
            try await run(check) { RedisIdempotencyStore($0) }
        }

        @Test(arguments: LeaseStoreConformance.checks) func leases(check: LeaseStoreConformance.Check) async throws {
            try await run(check) { RedisLeaseStore($0) }
        }

        @Test(arguments: RateLimitStoreConformance.checks) func rates(check: RateLimitStoreConformance.Check) async throws {
            try await run(check) { RedisRateLimitStore($0) }
        }

        @Test(arguments: MessageBusConformance.checks) func bus(check: MessageBusConformance.Check) async throws {
            try await run(check) { RedisMessageBus($0) }
        }

        @Test(arguments: SharedEventStoreConformance.checks) func events(check: SharedEventStoreConformance.Check) async throws {
            try await withClients { clients in
                let store = SharedEventStoreUnderTest(name: "Redis", isBounded: false) { _ in
                    let first = try clients.make()
                    return StoreInstances(
                        clients.events(first.client), secondInstance: { clients.events(try clients.make(first.prefix).client) })
                }
                try await note(check.run(on: store), of: check.name)
            }
        }

        private func run<Store>(_ check: ConformanceCheck<StoreUnderTest<Store>>, _ make: @escaping @Sendable (RedisClient) -> Store) async throws {
            try await withClients { clients in
                let store = StoreUnderTest<Store>(name: "Redis", isBounded: false) { _ in
                    let first = try clients.make()
                    return StoreInstances(make(first.client), secondInstance: { make(try clients.make(first.prefix).client) })
                }
                try await note(check.run(on: store), of: check.name)
            }
        }

        private func note(_ outcome: ConformanceOutcome, of name: String) {
            if case .skipped(let reason) = outcome { print("skipped: \(name): \(reason)") }
        }

        private func withClients(_ body: (Clients) async throws -> Void) async throws {
            let clients = Clients(try SharedServer.server.get())
            do {
                try await body(clients)
            } catch {
                await clients.shutDown()
                throw error
            }
            await clients.shutDown()
        }
    }
}

/// One server for all checks, each under prefixes of its own.
private enum SharedServer {
    static let server = Result { try RedisServerProcess(DocumentedRights.user(prefix: prefix)) }
    /// What the keys of all checks begin with.
    static let prefix = "conformance:"
}

/// The clients of one check.
private final class Clients: Sendable {
    private let server: RedisServerProcess
    private let made = Mutex<(clients: [RedisClient], events: [RedisEventStore])>(([], []))

    init(_ server: RedisServerProcess) {
        self.server = server
    }

    /// A client whose keys nobody has, or those of another.
    func make(_ prefix: String? = nil) throws -> (client: RedisClient, prefix: String) {
        var configuration = server.configuration()
        (configuration.user, configuration.password) = (DocumentedRights.name, DocumentedRights.password)
        configuration.prefix = prefix ?? "\(SharedServer.prefix)\(UUID()):"
        let client = try RedisClient(configuration)
        made.withLock { $0.clients.append(client) }
        return (client, configuration.prefix)
    }

    func events(_ client: RedisClient, maximumLocalBytes: Int = 64 << 20) -> RedisEventStore {
        let store = RedisEventStore(client, maximumLocalBytes: maximumLocalBytes)
        made.withLock { $0.events.append(store) }
        return store
    }

    func shutDown() async {
        let (clients, events) = made.withLock { $0 }
        for store in events { await store.shutDown() }
        for client in clients { await client.shutDown() }
    }
}
