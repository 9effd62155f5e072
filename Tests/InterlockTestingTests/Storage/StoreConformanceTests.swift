import Foundation
import InterlockSQLite
import InterlockStorage
import InterlockTesting
import Testing

@Suite("Every shipped store passes its conformance kit")
struct StoreConformanceTests {
    @Test("sessions in memory", .timeLimit(.minutes(5)), arguments: SessionStoreConformance.checks)
    func inMemorySessions(check: SessionStoreConformance.Check) async throws {
        try await report(check, "in memory", check.run(on: .inMemory))
    }

    @Test("sessions in SQLite", .timeLimit(.minutes(5)), arguments: SessionStoreConformance.checks)
    func sqliteSessions(check: SessionStoreConformance.Check) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) } // only litter in the temporary folder is at stake
        let path = folder.appendingPathComponent("sessions.sqlite").path
        let store = SessionStoreUnderTest(name: "SQLite", make: { try Self.patient(path, capacity: $0) }, reopen: { first in
            try (first as? SQLiteSessionStore)?.close()
            return try Self.patient(path, capacity: 100_000)
        })
        try await report(check, "SQLite", check.run(on: store))
    }

    /// One that waits for its turn as long as it takes a busy machine.
    private static func patient(_ path: String, capacity: Int) throws -> SQLiteSessionStore {
        var configuration = SQLiteStores.Configuration()
        configuration.maximumSessions = capacity
        configuration.wait(atMost: .seconds(5))
        return try SQLiteStores(path: path, configuration: configuration).sessions
    }

    @Test("events in memory", .timeLimit(.minutes(5)), arguments: EventStoreConformance.checks)
    func inMemoryEvents(check: EventStoreConformance.Check) async throws {
        try await report(check, "in memory", check.run(on: .inMemory))
    }
}

extension SessionStoreUnderTest {
    static let inMemory = SessionStoreUnderTest(name: "in memory", make: { InMemorySessionStore(capacity: $0) })
}

extension EventStoreUnderTest {
    static let inMemory = EventStoreUnderTest(name: "in memory", make: { InMemoryEventStore(maximumBytes: $0) })
}
