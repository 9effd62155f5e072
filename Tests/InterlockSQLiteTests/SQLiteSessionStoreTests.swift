import Foundation
import GRDB
import InterlockJSON
@testable import InterlockSQLite
import InterlockStorage
import Testing

@Suite("SQLite session store", .timeLimit(.minutes(5)))
struct SQLiteSessionStoreTests {
    @Test("gives back every member of what was saved, also optional ones that are absent")
    func roundTrip() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStores(path: folder.file("sessions.sqlite"), configuration: .patient).sessions
        let full = try SessionRecord(
            id: "full", revision: "2025-11-25", principal: "issuer|ünï'; DROP TABLE session; --", clientInfo: RawJSON(parsing: #"{"name":"c","n":12345678901234567890}"#),
            clientCapabilities: RawJSON(parsing: #"{"roots":{"listChanged":true}}"#), logLevel: "warning", subscriptions: ["docs:///a b", "docs:///\"quoted\""],
            isInitialized: true, createdAt: 1, lastUsedAt: 9_007_199_254_740_993)
        try await store.save(full)
        try await store.save(.fixture("bare"))
        #expect(try await store.load("full") == full)
        #expect(try await store.load("bare") == .fixture("bare"))
        #expect(try await store.load("other") == nil)
        #expect(try await store.load("bare\0more") == nil)
    }

    @Test("saving again replaces the record")
    func replace() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStores(path: folder.file("sessions.sqlite"), configuration: .patient).sessions
        var record = SessionRecord.fixture("one")
        try await store.save(record)
        record.isInitialized = true
        record.subscriptions = ["docs:///x"]
        try await store.save(record)
        #expect(try await store.load("one") == record)
        #expect(try await store.count() == 1)
    }

    @Test("sessions survive a restart: another store on the same file finds them")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("sessions.sqlite")
        let first = try SQLiteStores(path: path, configuration: .patient).sessions
        try await first.save(.fixture("kept", lastUsedAt: 5))
        try await first.touch("kept", at: 7)
        try first.close()
        let second = try SQLiteStores(path: path, configuration: .patient).sessions
        #expect(try await second.load("kept")?.lastUsedAt == 7)
    }

    @Test("sessions survive a process that never closed the file")
    func crash() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("sessions.sqlite")
        let first = try SQLiteStores(path: path, configuration: .patient).sessions
        try await first.save(.fixture("kept"))
        let second = try SQLiteStores(path: path, configuration: .patient).sessions
        #expect(try await second.load("kept") == .fixture("kept"))
        withExtendedLifetime(first) {}
    }

    @Test("touching moves the last use forward only, and knows nothing of unknown ids")
    func touch() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStores(path: folder.file("sessions.sqlite"), configuration: .patient).sessions
        try await store.save(.fixture("one", lastUsedAt: 10))
        try await store.touch("one", at: 20)
        try await store.touch("one", at: 15)
        try await store.touch("unknown", at: 30)
        #expect(try await store.load("one")?.lastUsedAt == 20)
        #expect(try await store.count() == 1)
    }

    @Test("removes one session, or all that are too old or too long unused")
    func removal() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStores(path: folder.file("sessions.sqlite"), configuration: .patient).sessions
        try await store.save(.fixture("old", createdAt: 1, lastUsedAt: 100))
        try await store.save(.fixture("idle", createdAt: 50, lastUsedAt: 50))
        try await store.save(.fixture("live", createdAt: 50, lastUsedAt: 100))
        try await store.save(.fixture("gone", createdAt: 50, lastUsedAt: 100))
        try await store.remove("gone")
        try await store.remove("unknown")
        #expect(try await store.removeSessions(createdBefore: 50, lastUsedBefore: 100) == 2)
        #expect(try await store.load("live") != nil)
        #expect(try await store.count() == 1)
    }

    @Test("the longest unused makes room above the capacity, never the one just saved")
    func capacity() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteSessionStore(path: folder.file("sessions.sqlite"), capacity: 2)
        try await store.save(.fixture("a", lastUsedAt: 30))
        try await store.save(.fixture("b", lastUsedAt: 10))
        try await store.save(.fixture("c", lastUsedAt: 1))
        #expect(try await store.load("a") != nil)
        #expect(try await store.load("b") == nil)
        #expect(try await store.load("c") != nil)
    }

    @Test("of 80 sessions begun at once by two processes exactly as many are made as the tenant may have, and a restart forgets none of them")
    func quota() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("sessions.sqlite")
        let stores = [try SQLiteStores(path: path, configuration: .patient), try SQLiteStores(path: path, configuration: .patient)]
        let seven = SessionQuota(maximum: 7)
        let made = try await withThrowingTaskGroup { group in
            for number in 0..<80 {
                group.addTask { try await stores[number % 2].sessions.create(.fixture("s\(number)", tenant: number % 4 < 2 ? "acme" : "globex"), within: seven) }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 14)
        for store in stores { try store.close() }
        let again = try SQLiteStores(path: path, configuration: .patient).sessions
        #expect(try await !again.create(.fixture("more", tenant: "acme"), within: seven))
        #expect(try await again.removeSessions(createdBefore: 2, lastUsedBefore: 0) == 14)
        #expect(try await again.create(.fixture("more", tenant: "acme"), within: seven))
    }

    @Test("a file from before sessions had tenants is read; its sessions count among nobody's")
    func oldFile() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("sessions.sqlite")
        let database = try DatabaseQueue(path: path)
        try StoreSchema.migrator.migrate(database, upTo: "v4: session.version")
        try await database.write { db in
            try db.execute(sql: "INSERT INTO session VALUES ('old', '2025-06-18', '4:acme|-|3:ann', NULL, '{}', NULL, '[]', 1, 1, 1, 0)")
        }
        try database.close()
        let store = try SQLiteStores(path: path, configuration: .patient).sessions
        let old = try #require(try await store.load("old"))
        #expect(old.principal == "4:acme|-|3:ann" && old.tenant == nil)
        #expect(try await store.create(.fixture("new", tenant: "acme"), within: SessionQuota(maximum: 1)))
    }

    @Test("a row that cannot be read is corrupt, and disturbs no other session")
    func corrupt() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("sessions.sqlite")
        let store = try SQLiteStores(path: path, configuration: .patient).sessions
        for id in ["a", "b", "c"] { #expect(try await store.create(.fixture(id, tenant: "acme"), within: SessionQuota(maximum: 4))) }
        let database = try DatabaseQueue(path: path)
        try await database.write { db in
            try db.execute(sql: "UPDATE session SET clientCapabilities = '{' WHERE id = 'a'")
            try db.execute(sql: "UPDATE session SET subscriptions = '[1]' WHERE id = 'b'")
        }
        try database.close()
        for id in ["a", "b"] {
            let error = await #expect(throws: StoreError.self) { try await store.load(id) }
            #expect(error?.code == .corrupt)
        }
        #expect(try await store.load("c") == .fixture("c", tenant: "acme"))
        try await store.touch("a", at: 9)
        #expect(try await store.create(.fixture("d", tenant: "acme"), within: SessionQuota(maximum: 4)))
        try await store.remove("a")
        #expect(try await store.count() == 3)
    }

    @Test("200 tasks at once lose nothing")
    func concurrentUse() async throws {
        let folder = try TemporaryFolder()
        // What is proved is that nothing is lost, also where a machine that is busy takes long for 200 writers.
        var patient = SQLiteStores.Configuration()
        patient.wait(atMost: .seconds(5))
        let store = try SQLiteStores(path: folder.file("sessions.sqlite"), configuration: patient).sessions
        try await withThrowingTaskGroup { group in
            for index in 0..<200 {
                group.addTask {
                    try await store.save(.fixture("s\(index)"))
                    try await store.touch("s\(index)", at: 1_000 + Int64(index))
                    let loaded = try await store.load("s\(index)")
                    #expect(loaded?.lastUsedAt == 1_000 + Int64(index))
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.count() == 200)
    }

    @Test("only the owner may read the files")
    func privacy() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("sessions.sqlite")
        let store = try SQLiteStores(path: path, configuration: .patient).sessions
        try await store.save(.fixture("one"))
        for name in [path, path + "-wal", path + "-shm"] {
            let mode = try #require(FileManager.default.attributesOfItem(atPath: name)[.posixPermissions] as? Int)
            #expect(mode & 0o077 == 0, "\(name) has mode \(String(mode, radix: 8))")
        }
    }

    @Test("a folder that is not there, and a file that is no database, are told apart from success with the path and the reason")
    func unusable() throws {
        let folder = try TemporaryFolder()
        let missing = folder.file("no/such/folder.sqlite")
        let refused = #expect(throws: SQLiteStoreError.self) { try SQLiteSessionStore(path: missing) }
        #expect(refused?.code == .cannotOpen)
        #expect(refused?.description.contains(missing) == true)

        let text = folder.file("notes.txt")
        try String(repeating: "this is not a database\n", count: 100).write(toFile: text, atomically: true, encoding: .utf8)
        let damaged = #expect(throws: SQLiteStoreError.self) { try SQLiteSessionStore(path: text) }
        #expect(damaged?.code == .cannotOpen)
    }
}

extension SessionRecord {
    static func fixture(_ id: String, tenant: String? = nil, createdAt: Int64 = 1, lastUsedAt: Int64 = 1) -> SessionRecord {
        SessionRecord(id: id, revision: "2025-06-18", principal: nil, tenant: tenant, clientInfo: nil, clientCapabilities: .emptyObject, createdAt: createdAt, lastUsedAt: lastUsedAt)
    }
}
