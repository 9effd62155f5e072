import Foundation
import InterlockConcurrency
import InterlockSimulation
import InterlockSQLite
import InterlockStorage
import InterlockTesting
import Testing

@Suite("Every store that instances share passes its conformance kit", .timeLimit(.minutes(5)))
struct SharedStoreConformanceTests {
    @Test("state", arguments: StateStoreConformance.checks)
    func state(check: StateStoreConformance.Check) async throws {
        try await report(check, "in memory", check.run(on: .inMemory { InMemoryStateStore(maximumEntries: $0, clock: $1) }))
        try await inFolder { folder in
            try await report(check, "SQLite", check.run(on: .sqlite(in: folder, bound: \.state) { $0.state }))
        }
    }

    @Test("idempotency", arguments: IdempotencyStoreConformance.checks)
    func idempotency(check: IdempotencyStoreConformance.Check) async throws {
        try await report(check, "in memory", check.run(on: .inMemory { InMemoryIdempotencyStore(maximumEntries: $0, clock: $1) }))
        try await inFolder { folder in
            try await report(check, "SQLite", check.run(on: .sqlite(in: folder, bound: \.idempotency) { $0.idempotency }))
        }
    }

    @Test("leases", arguments: LeaseStoreConformance.checks)
    func leases(check: LeaseStoreConformance.Check) async throws {
        try await report(check, "in memory", check.run(on: .inMemory { InMemoryLeaseStore(maximumLeases: $0, clock: $1) }))
        try await inFolder { folder in
            try await report(check, "SQLite", check.run(on: .sqlite(in: folder, bound: \.leases) { $0.leases }))
        }
    }

    @Test("rate limits", arguments: RateLimitStoreConformance.checks)
    func rates(check: RateLimitStoreConformance.Check) async throws {
        try await report(check, "in memory", check.run(on: .inMemory { InMemoryRateLimitStore(maximumKeys: min($0, 100_000), clock: $1) }))
        try await inFolder { folder in
            try await report(check, "SQLite", check.run(on: .sqlite(in: folder, bound: \.rates) { $0.rates }))
        }
    }

    @Test("events in SQLite, of one process and after a restart", arguments: EventStoreConformance.checks)
    func events(check: EventStoreConformance.Check) async throws {
        try await inFolder { folder in
            let path = folder + "/events.sqlite"
            let store = EventStoreUnderTest(name: "SQLite") { bytes in
                var configuration = SQLiteStores.Configuration()
                configuration.events.bytes = bytes
                configuration.wait(atMost: .seconds(30)) // a machine that is busy with other tests refuses nobody
                return try SQLiteStores(path: path, configuration: configuration).events
            } reopen: { first in
                await (first as? SQLiteEventStore)?.flush()
                return try SQLiteStores(path: path).events
            }
            try await report(check, "SQLite", check.run(on: store))
        }
    }

    @Test("events in SQLite that two processes share", arguments: SharedEventStoreConformance.checks)
    func sharedEvents(check: SharedEventStoreConformance.Check) async throws {
        try await inFolder { folder in
            let store = SharedEventStoreUnderTest(name: "SQLite") { bytes in
                var configuration = SQLiteStores.Configuration()
                configuration.events.bytes = bytes
                configuration.wait(atMost: .seconds(30)) // a machine that is busy with other tests refuses nobody
                let (path, settings) = (folder + "/" + UUID().uuidString + ".sqlite", configuration)
                let first = try SQLiteStores(path: path, configuration: settings)
                return StoreInstances(first.events, secondInstance: { try SQLiteStores(path: path, configuration: settings).events })
            }
            try await report(check, "SQLite", check.run(on: store))
        }
    }

    @Test("messages in memory", arguments: MessageBusConformance.checks)
    func messages(check: MessageBusConformance.Check) async throws {
        try await report(check, "in memory", check.run(on: .inMemory { _, _ in InMemoryMessageBus() }))
    }

    /// Their time is the world's, as that of a store on another machine: the kits must not depend on a clock that can be moved.
    @Test("a kit also asks a store whose time cannot be moved", arguments: LeaseStoreConformance.checks)
    func realTime(check: LeaseStoreConformance.Check) async throws {
        let store = LeaseStoreUnderTest(name: "in real time") { capacity in
            let store = InMemoryLeaseStore(maximumLeases: capacity)
            return StoreInstances(store, secondInstance: { store })
        }
        try await report(check, "in real time", check.run(on: store))
    }
}

extension StoreUnderTest {
    /// A store whose other instance is itself, on a clock that a check moves.
    static func inMemory(_ make: @escaping @Sendable (Int, any SchedulingClock) -> Store) -> StoreUnderTest {
        StoreUnderTest(name: "in memory") { capacity in
            let clock = ManualClock()
            let store = make(capacity, clock)
            return StoreInstances(store, secondInstance: { store }, advance: { clock.advance(by: $0) })
        }
    }

    /// Two connections to one file.
    static func sqlite(
        in folder: String, bound: any WritableKeyPath<SQLiteStores.Configuration, SQLiteStores.Bounds> & Sendable,
        _ store: @escaping @Sendable (SQLiteStores) -> Store
    ) -> StoreUnderTest {
        StoreUnderTest(name: "SQLite") { capacity in
            let clock = ManualClock()
            var configuration = SQLiteStores.Configuration()
            configuration[keyPath: bound].entries = capacity
            let path = folder + "/" + UUID().uuidString + ".sqlite"
            let (first, settings) = (try SQLiteStores(path: path, configuration: configuration, clock: clock), configuration)
            return StoreInstances(
                store(first), secondInstance: { store(try SQLiteStores(path: path, configuration: settings, clock: clock)) },
                advance: { clock.advance(by: $0) })
        }
    }
}

/// Runs the body with a folder of its own.
func inFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) } // only litter in the temporary folder is at stake
    try await body(folder.path)
}
