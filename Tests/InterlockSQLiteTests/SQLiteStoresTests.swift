import Foundation
import GRDB
import InterlockConcurrency
import InterlockSimulation
@testable import InterlockSQLite
import InterlockStorage
import Testing

@Suite("SQLite stores of one file", .timeLimit(.minutes(5)))
struct SQLiteStoresTests {
    @Test("everything survives a restart")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let (path, clock) = (folder.file("stores.sqlite"), ManualClock())
        let limits = [RateLimit(2, per: .seconds(600))]
        let first = try SQLiteStores(path: path, clock: clock)
        #expect(try await first.state.commit([StateChange("k", expecting: .absent, value: [1])]))
        let version = try #require(try await first.state.load(["k"])[0]).version
        #expect(try await first.idempotency.claim("done", token: 1, fingerprint: "f", holdingFor: .seconds(9), keepingFor: .seconds(9)) == .claimed)
        #expect(try await first.idempotency.finish("done", token: 1, result: [2], keepingFor: .seconds(60)))
        _ = try await first.idempotency.claim("dead", token: 2, fingerprint: "f", holdingFor: .seconds(9), keepingFor: .seconds(60))
        let lease = try #require(try await first.leases.acquire("l", limit: 1, duration: .seconds(60)))
        _ = try await first.rates.take(2, from: "r", limits: limits)
        try first.close()

        clock.advance(by: .seconds(10))
        let second = try SQLiteStores(path: path, clock: clock)
        #expect(try await second.state.load(["k"]) == [StoredState(value: [1], version: version)])
        #expect(try await second.state.commit([StateChange("k", expecting: .version(version), value: nil)]))
        #expect(try await second.state.commit([StateChange("k", expecting: .absent, value: [1])]))
        let after = try #require(try await second.state.load(["k"])[0])
        #expect(after.version > version)
        #expect(try await second.idempotency.claim("done", token: 3, fingerprint: "f", holdingFor: .seconds(9), keepingFor: .seconds(9)) == .finished([2]))
        #expect(try await second.idempotency.claim("dead", token: 4, fingerprint: "f", holdingFor: .seconds(9), keepingFor: .seconds(9)) == .lost)
        #expect(try await second.leases.acquire("l", limit: 1, duration: .seconds(60)) == nil)
        #expect(try await second.leases.renew(lease, duration: .seconds(1)))
        #expect(try await second.rates.take(1, from: "r", limits: limits).isAllowed == false)
        let closed = await #expect(throws: StoreError.self) { try await first.state.load(["k"]) }
        #expect(closed?.message.contains(path) == true)
    }

    @Test("whatever is asked of the stores of a closed file is refused, and says that it is closed")
    func closed() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("stores.sqlite")
        var configuration = SQLiteStores.Configuration.patient
        (configuration.rateBreaker, configuration.writeBreaker) = (nil, nil) // each is asked
        let stores = try SQLiteStores(path: path, configuration: configuration)
        let lease = try #require(try await stores.leases.acquire("l", limit: 1, duration: .seconds(60)))
        try stores.close()
        let (sessions, state, calls, leases) = (stores.sessions, stores.state, stores.idempotency, stores.leases)
        let asked: [@Sendable () async throws -> Void] = [
            { try await sessions.save(.fixture("s")) }, { _ = try await sessions.create(.fixture("s"), within: SessionQuota(maximum: 1)) },
            { _ = try await sessions.replace(.fixture("s"), expecting: 0) }, { _ = try await sessions.load("s") }, { try await sessions.touch("s", at: 1) },
            { try await sessions.remove("s") }, { _ = try await sessions.removeSessions(createdBefore: 1, lastUsedBefore: 1) }, { _ = try await sessions.count() },
            { _ = try await state.load(["k"]) }, { _ = try await state.commit([StateChange("k", expecting: .anything, value: [1])]) },
            { _ = try await calls.claim("c", token: 1, fingerprint: "f", holdingFor: .seconds(1), keepingFor: .seconds(1)) },
            { _ = try await calls.finish("c", token: 1, result: [], keepingFor: .seconds(1)) }, { _ = try await calls.abandon("c", token: 1) },
            { _ = try await leases.acquire("m", limit: 1, duration: .seconds(1)) }, { _ = try await leases.renew(lease, duration: .seconds(1)) }, { try await leases.release(lease) },
            { _ = try await stores.rates.take(1, from: "r", limits: [RateLimit(1, per: .seconds(1))]) },
            { _ = try await stores.events.fetch(session: "s", stream: 1, after: 0) },
        ]
        for (number, ask) in asked.enumerated() {
            let error = await #expect(throws: StoreError.self, "\(number)") { try await ask() }
            #expect(error?.code == .unavailable && error?.message.hasSuffix(" in \(path): the file has been closed") == true, "\(number): \(error?.message ?? "")")
        }
    }

    @Test("a file that has no room is told of as full, while it can be read and for a while after, and is well again with the next write")
    func full() async throws {
        let folder = try TemporaryFolder()
        let (path, clock) = (folder.file("stores.sqlite"), ManualClock())
        let stores = try SQLiteStores(path: path, clock: clock)
        #expect(try await stores.state.commit([StateChange("k", expecting: .anything, value: [1])]))
        #expect(stores.health.outage == nil)
        let began = clock.wallTime
        try await stores.limitPages(to: 1) // no more than there are
        let full = await #expect(throws: StoreError.self) {
            try await stores.state.commit([StateChange("big", expecting: .anything, value: [UInt8](repeating: 7, count: 1 << 20))])
        }
        #expect(full?.code == .full)
        #expect(stores.health.outage == StoreOutage(.full, since: began))
        clock.advance(by: .seconds(9))
        #expect(try await stores.state.load(["k"])[0]?.value == [1])
        #expect(stores.health.outage == StoreOutage(.full, since: began)) // that it can be read says nothing
        try await stores.limitPages(to: 1 << 20)
        #expect(try await stores.state.commit([StateChange("k", expecting: .anything, value: [2])]))
        #expect(stores.health.outage == nil)
    }

    @Test("a transaction that finds nothing to change does not show that a full file has room again")
    func fullWithoutChanges() async throws {
        let folder = try TemporaryFolder()
        let (stores, limits) = (try SQLiteStores(path: folder.file("stores.sqlite"), clock: ManualClock()), [RateLimit(1, per: .seconds(600))])
        #expect(try await stores.state.commit([StateChange("k", expecting: .anything, value: [1])]))
        #expect(try await stores.rates.take(1, from: "r", limits: limits).isAllowed)
        try await stores.limitPages(to: 1) // no more than there are
        await #expect(throws: StoreError.self) {
            try await stores.state.commit([StateChange("big", expecting: .anything, value: [UInt8](repeating: 7, count: 1 << 20))])
        }
        #expect(try await stores.state.commit([StateChange("k", expecting: .absent, value: [2])]) == false)
        #expect(stores.health.outage?.reason == .full)
        #expect(try await stores.rates.take(1, from: "r", limits: limits).isAllowed == false)
        #expect(stores.health.outage?.reason == .full)
        try await stores.limitPages(to: 1 << 20)
        #expect(stores.health.outage?.reason == .full) // nobody has tried yet
        #expect(try await stores.state.commit([StateChange("k", expecting: .anything, value: [2])]))
        #expect(stores.health.outage == nil)
    }

    @Test("a rate that cannot be taken because the file is read only is an outage of the file, not of the call")
    func readOnly() async throws {
        let folder = try TemporaryFolder()
        let (path, limits) = (folder.file("stores.sqlite"), [RateLimit(2, per: .seconds(600))])
        let stores = try SQLiteStores(path: path, configuration: .patient)
        #expect(try await stores.rates.take(1, from: "r", limits: limits).isAllowed)
        try await stores.file.write("making the file read only") { try $0.execute(sql: "PRAGMA query_only = 1") }
        let error = await #expect(throws: StoreError.self) { try await stores.rates.take(1, from: "r", limits: limits) }
        #expect(error?.code == .refused && error?.outage == .readOnly)
        let misuse = await #expect(throws: StoreError.self) { try await stores.rates.take(0, from: "r", limits: limits) }
        #expect(misuse?.code == .refused && misuse?.outage == nil)
    }

    @Test("work that no caller waits for gives up after the busy timeout, which is an outage, and the next write works")
    func busy() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("stores.sqlite")
        var configuration = SQLiteStores.Configuration.patient
        configuration.busyTimeout = .milliseconds(20)
        let (stores, holder) = (try SQLiteStores(path: path, configuration: configuration), try FileHolder(path))
        try await holder.hold()
        let busy = await #expect(throws: StoreError.self) { try await stores.sessions.removeSessions(createdBefore: 1, lastUsedBefore: 1) }
        #expect(busy?.code == .unavailable)
        #expect(busy?.message.contains(path) == true)
        #expect(try await stores.state.load(["k"]) == [nil]) // readers do not wait
        #expect(stores.health.outage?.reason == .timeout)
        try await holder.letGo()
        #expect(try await stores.state.commit([StateChange("k", expecting: .anything, value: [1])]))
        #expect(stores.health.outage == nil)
        #expect(stores.health.latencies.quantile(1) ?? .zero >= .milliseconds(20))
    }

    @Test("a file that is no database, or that was damaged, is corrupt, and the message names it")
    func damage() async throws {
        let folder = try TemporaryFolder()
        let text = folder.file("notes.txt")
        try String(repeating: "this is not a database\n", count: 100).write(toFile: text, atomically: true, encoding: .utf8)
        let refused = #expect(throws: StoreError.self) { try SQLiteStores(path: text) }
        #expect(refused?.code == .corrupt)
        #expect(refused?.message.contains(text) == true)

        let path = folder.file("stores.sqlite")
        let first = try SQLiteStores(path: path, configuration: .patient)
        for number in 0..<200 { _ = try await first.state.commit([StateChange("k\(number)", expecting: .anything, value: [UInt8](repeating: 7, count: 3_000))]) }
        try first.close()
        // The second half of the file holds values and the index of their keys, not the schema.
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: size / 2)
        try handle.write(contentsOf: Data(repeating: 0xEE, count: Int(size / 2)))
        try handle.close()
        let second = try SQLiteStores(path: path, configuration: .patient)
        var codes: Set<StoreError.Code> = []
        for number in 0..<200 {
            do { _ = try await second.state.load(["k\(number)"]) } catch {
                codes.insert(error.code)
                #expect(error.message.contains(path))
            }
        }
        #expect(codes == [.corrupt])
    }

    @Test("what this store did not write is corrupt, not taken for a value")
    func foreignRow() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("stores.sqlite")
        let (stores, limits) = (try SQLiteStores(path: path, configuration: .patient), [RateLimit(2, per: .seconds(600))])
        _ = try await stores.rates.take(1, from: "r", limits: limits)
        try await DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE rate SET used = x'00'; DELETE FROM counter") }
        for body in [{ try await _ = stores.rates.take(1, from: "r", limits: limits) }, { try await _ = stores.leases.acquire("l", limit: 1, duration: .seconds(1)) }] {
            #expect((await #expect(throws: StoreError.self) { try await body() })?.code == .corrupt)
        }
    }

    @Test("a new file may be opened by many at once")
    func openAtOnce() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("stores.sqlite")
        try await withThrowingTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    let stores = try SQLiteStores(path: path, configuration: .patient)
                    let isMade = try await stores.state.commit([StateChange("k\(number)", expecting: .absent, value: [1])])
                    #expect(isMade)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await SQLiteStores(path: path, configuration: .patient).state.load((0..<8).map { "k\($0)" }).allSatisfy { $0 != nil })
    }

    @Test("many writers over two connections lose nothing and wait for each other")
    func twoConnections() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("stores.sqlite")
        let stores = [try SQLiteStores(path: path, configuration: .patient), try SQLiteStores(path: path, configuration: .patient)]
        try await withThrowingTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    let isMade = try await stores[number % 2].state.commit([StateChange("k\(number)", expecting: .absent, value: [1])])
                    #expect(isMade)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await stores[0].state.load((0..<200).map { "k\($0)" }).count { $0 == nil } == 0)
    }

    @Test("sessions live in the same file, and the session store alone opens it too")
    func sessions() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("stores.sqlite")
        let stores = try SQLiteStores(path: path, configuration: .patient)
        try await stores.sessions.save(.fixture("one"))
        let alone = try SQLiteSessionStore(path: path)
        #expect(try await alone.load("one") == .fixture("one"))
    }

    #if os(Linux)
    @Test("opening a file a second time leaves the locks of the first in place")
    func locks() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("stores.sqlite")
        let first = try SQLiteStores(path: path, configuration: .patient)
        let probe = open(path, O_RDWR)
        let second = try SQLiteStores(path: path, configuration: .patient)
        // The bytes by which SQLite says that it reads. F_OFD_GETLK sees the process's own locks as another process would.
        var lock = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0x4000_0002, l_len: 510, l_pid: 0)
        #expect(fcntl(probe, 36, &lock) == 0)
        #expect(lock.l_type != Int16(F_UNLCK))
        withExtendedLifetime((first, second)) {}
        try second.close()
        try first.close()
        close(probe)
    }
    #endif

    @Test("rates are decided as RateLimiter decides them", arguments: 0..<20 as Range<UInt64>)
    func sameDecisions(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        let limits = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            // Whole milliseconds between units, as the file's clock shows no less.
            RateLimit(10, per: .milliseconds(10 * Int.random(in: 1...50, using: &random)), burst: Int.random(in: 1...12, using: &random), algorithm: Bool.random(using: &random) ? .gcra : .tokenBucket)
        }
        let (stores, limiter) = (try SQLiteStores(path: folder.file("rates.sqlite"), clock: clock), RateLimiter<String>(limits, clock: clock))
        for step in 0..<60 {
            clock.advance(by: .milliseconds(Int.random(in: 0..<40, using: &random)))
            let cost = Int.random(in: 1...4, using: &random)
            let (found, expected) = (try await stores.rates.take(cost, from: "k", limits: limits), limiter.take(for: "k", cost: cost))
            #expect(found.isAllowed == expected.isAllowed && found.remaining == expected.remaining && found.retryAfter == expected.retryAfter, "seed \(seed), step \(step): \(found), \(expected)")
        }
    }
}

extension SQLiteStores.Configuration {
    /// For a test in which a busy machine is no reason to give up.
    static var patient: Self {
        var configuration = Self()
        configuration.wait(atMost: .seconds(30))
        return configuration
    }
}

extension SQLiteStores {
    /// How large the file may become; never smaller than it is.
    fileprivate func limitPages(to pages: Int) async throws {
        try await file.write("limiting the file") { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }
}
