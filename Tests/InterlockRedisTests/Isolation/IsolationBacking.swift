import Foundation
import InterlockRedis
import InterlockSQLite
import InterlockStorage

/// What two instances of one server keep their things in.
enum IsolationBacking: String, CaseIterable {
    /// One memory for both, as a process with several listeners has it.
    case memory
    /// One file, opened twice, as by two processes.
    case sqlite
    /// One Redis, and a client for each.
    case redis
}

/// The stores of one instance.
struct InstanceStores: Sendable {
    var sessions: any SessionStore
    var events: any EventStore
    var state: any StateStore
    var idempotency: any IdempotencyStore
    var leases: any LeaseStore
    var rates: any RateLimitStore
    var bus: (any MessageBus)?
}

extension IsolationBacking {
    /// The stores of two instances that share them, for as long as `body` runs.
    func withStores(_ body: ([InstanceStores]) async throws -> Void) async throws {
        switch self {
        case .memory:
            let stores = InstanceStores(
                sessions: InMemorySessionStore(), events: InMemoryEventStore(), state: InMemoryStateStore(), idempotency: InMemoryIdempotencyStore(),
                leases: InMemoryLeaseStore(), rates: InMemoryRateLimitStore(), bus: InMemoryMessageBus())
            try await body([stores, stores])
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appending(path: "interlock-isolation-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) } // only litter in the temporary folder is at stake
            var configuration = SQLiteStores.Configuration()
            configuration.wait(atMost: .seconds(30)) // a machine that is busy with other tests refuses nobody
            let files = try (0..<2).map { _ in try SQLiteStores(path: folder.appending(path: "stores.sqlite").path, configuration: configuration) }
            try await body(files.map { file in
                InstanceStores(
                    sessions: file.sessions, events: file.events, state: file.state, idempotency: file.idempotency, leases: file.leases, rates: file.rates)
            })
            for file in files {
                await file.events.flush()
                try file.close()
            }
        case .redis:
            let server = try RedisServerProcess()
            try await withClient(server.configuration()) { one in
                try await withClient(server.configuration()) { other in
                    let events = [RedisEventStore(one), RedisEventStore(other)]
                    try await body(zip([one, other], events).map { client, events in
                        InstanceStores(
                            sessions: RedisSessionStore(client), events: events, state: RedisStateStore(client), idempotency: RedisIdempotencyStore(client),
                            leases: RedisLeaseStore(client), rates: RedisRateLimitStore(client), bus: RedisMessageBus(client))
                    })
                    for store in events { await store.shutDown() }
                }
            }
        }
    }
}
