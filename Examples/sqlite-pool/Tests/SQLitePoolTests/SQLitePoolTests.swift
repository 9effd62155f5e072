import Foundation
import InterlockConcurrency
import InterlockSimulation
import SQLitePool
import Synchronization
import Testing

@Suite("A pool of SQLite connections")
struct SQLitePoolTests {
    /// A database in a folder of its own, which goes with the body.
    private func withDatabase(readers: Int = 2, clock: any SchedulingClock = SystemClock.shared, _ body: (SQLiteDatabase) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-pool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // what is left is in the system's folder for such files
        let database = SQLiteDatabase(path: folder.appendingPathComponent("notes.sqlite").path, readers: readers, clock: clock)
        try await database.write { _ = try $0.rows("CREATE TABLE counter (value INTEGER NOT NULL)") }
        try await database.write { _ = try $0.rows("INSERT INTO counter VALUES (0)") }
        try await body(database)
        #expect(await database.drain())
        #expect(database.snapshots.readers.total + database.snapshots.writer.total == 0)
    }

    private func value(_ database: SQLiteDatabase) async throws -> Int? {
        try await database.read { try $0.rows("SELECT value FROM counter")[0][0].flatMap { Int($0) } }
    }

    @Test("loses no update of many writers, who read first and write after; without the pool's one writer they are lost or fail", .timeLimit(.minutes(1)))
    func writers() async throws {
        try await withDatabase { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await database.write { connection in
                            let value = try connection.rows("SELECT value FROM counter")[0][0] ?? "0"
                            _ = try connection.rows("UPDATE counter SET value = ?", [String((Int(value) ?? 0) + 1)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await value(database) == 40)
            #expect(database.snapshots.writer.made == 1)
        }
        // The control: who reads on one connection and writes on another is not alone in between.
        var isNoticed = false
        for _ in 0..<100 where !isNoticed {
            try await withDatabase { database in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<10 {
                        group.addTask {
                            let read = try await value(database) ?? 0
                            try await database.write { _ = try $0.rows("UPDATE counter SET value = ?", [String(read + 1)]) }
                        }
                    }
                    try await group.waitForAll()
                }
                let final = try await value(database)
                isNoticed = final != 10
            }
        }
        #expect(isNoticed)
    }

    @Test("opens no more readers than it may, and they do not wait for the writer", .timeLimit(.minutes(1)))
    func readers() async throws {
        try await withDatabase(readers: 3) { database in
            let isWriting = Mutex(false)
            let mayEnd = Mutex(false)
            async let write: Void = database.write { connection in
                try connection.transaction { connection in
                    _ = try connection.rows("UPDATE counter SET value = 99")
                    isWriting.withLock { $0 = true }
                    while !mayEnd.withLock({ $0 }) {}
                }
            }
            while !isWriting.withLock({ $0 }) { await Task.yield() }
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<30 { group.addTask { try await value(database) } }
                for try await value in group { #expect(value == 0, "what is not committed is not seen") }
            }
            mayEnd.withLock { $0 = true }
            try await write
            #expect(try await value(database) == 99)
            #expect(database.snapshots.readers.made <= 3)
        }
    }

    @Test("replaces a connection that comes back in the middle of a transaction, whose work is not kept", .timeLimit(.minutes(1)))
    func leftInTransaction() async throws {
        try await withDatabase { database in
            await #expect(throws: LeftInTransaction.self) {
                try await database.write { connection in
                    _ = try connection.rows("BEGIN")
                    _ = try connection.rows("UPDATE counter SET value = 7")
                }
            }
            #expect(try await value(database) == 0)
            try await database.write { _ = try $0.rows("UPDATE counter SET value = 8") }
            #expect(try await value(database) == 8)
            #expect(database.snapshots.writer.made == 2)
            #expect(database.snapshots.writer.closed == 1)
        }
    }

    @Test("keeps a connection whose statement was wrong, and says what was wrong with it", .timeLimit(.minutes(1)))
    func wrongStatement() async throws {
        try await withDatabase { database in
            let error = await #expect(throws: SQLiteError.self) { try await database.read { try $0.rows("SELECT nothing FROM nowhere") } }
            #expect(error?.message.contains("nowhere") == true)
            let read = try await value(database)
            #expect(read == 0)
            #expect(database.snapshots.readers.made == 1)
        }
    }

    @Test("refuses who waits longer than its deadline, and closes what lay unused too long", .timeLimit(.minutes(1)))
    func time() async throws {
        let clock = ManualClock()
        try await withDatabase(readers: 1, clock: clock) { database in
            let mayEnd = Mutex(false)
            async let reading = database.read { _ in while !mayEnd.withLock({ $0 }) {} }
            while database.snapshots.readers.leases.isEmpty { await Task.yield() }
            let late = Task { try await database.read(deadline: .zero + .seconds(1)) { _ in } }  // awaited below
            try await clock.waitForPending(1)
            clock.advance(by: .seconds(1))
            let error = await #expect(throws: AcquireError.self) { try await late.value }
            #expect(error?.code == .deadlineExceeded)
            mayEnd.withLock { $0 = true }
            try await reading
            let upkeep = Task { await database.run() }  // cancelled and awaited below
            for _ in 0..<20 {
                try await clock.waitForPending(2)
                clock.advance(by: .seconds(5))
            }
            while database.snapshots.readers.total + database.snapshots.writer.total > 0 { await Task.yield() }
            upkeep.cancel()
            await upkeep.value
            #expect(try await value(database) == 0)
        }
    }
}
