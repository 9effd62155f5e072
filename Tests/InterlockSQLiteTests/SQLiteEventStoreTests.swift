import InterlockConcurrency
import InterlockSimulation
import InterlockSQLite
import InterlockStorage
import Testing

@Suite("Events in SQLite", .timeLimit(.minutes(5)))
struct SQLiteEventStoreTests {
    private func event(_ stream: UInt32, _ sequence: UInt32, bytes: Int = 10, session: String = "s") -> StoredEvent {
        StoredEvent(session: session, stream: stream, sequence: sequence, data: [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: bytes))
    }

    @Test("a stream keeps its newest events within its bounds of number and bytes, and leaves others alone")
    func boundsOfStream() async throws {
        let folder = try TemporaryFolder()
        var configuration = SQLiteStores.Configuration()
        configuration.events.eventsOfStream = 5
        configuration.events.bytesOfStream = 10_000
        let store = try SQLiteStores(path: folder.file("a.sqlite"), configuration: configuration).events
        store.append(event(1, 1))
        for sequence in 1...20 as ClosedRange<UInt32> { store.append(event(2, sequence)) }
        for sequence in 1...4 as ClosedRange<UInt32> { store.append(event(3, sequence, bytes: 4_000)) }
        await store.flush()
        #expect(try await store.fetch(session: "s", stream: 1, after: 0)?.count == 1)
        #expect(try await store.fetch(session: "s", stream: 2, after: 15)?.map(\.sequence) == [16, 17, 18, 19, 20])
        #expect(try await store.fetch(session: "s", stream: 2, after: 14) == nil)
        #expect(try await store.fetch(session: "s", stream: 3, after: 2)?.map(\.sequence) == [3, 4])
        #expect(try await store.fetch(session: "s", stream: 3, after: 1) == nil)
    }

    @Test("streams beyond their bound go, those unused for longest first, and those whose time is over")
    func boundsOfFile() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock()
        var configuration = SQLiteStores.Configuration()
        configuration.events.streams = 3
        configuration.events.keptFor = .seconds(60)
        let store = try SQLiteStores(path: folder.file("a.sqlite"), configuration: configuration, clock: clock).events
        for stream in 1...4 as ClosedRange<UInt32> {
            store.append(event(stream, 1))
            await store.flush()
            clock.advance(by: .seconds(1))
        }
        #expect(try await store.fetch(session: "s", stream: 1, after: 0) == nil)
        #expect(try await store.fetch(session: "s", stream: 2, after: 0)?.count == 1)
        clock.advance(by: .seconds(58))
        #expect(try await store.fetch(session: "s", stream: 2, after: 0) == nil)
        #expect(try await store.fetch(session: "s", stream: 4, after: 0)?.count == 1)
    }

    @Test("an exit waits for its events as long as it is told, then no longer for a held file, and counts what is lost; free, it loses nothing", arguments: [true, false])
    func exit(isHeld: Bool) async throws {
        let folder = try TemporaryFolder()
        let (path, clock) = (folder.file("a.sqlite"), ManualClock())
        var configuration = SQLiteStores.Configuration()
        configuration.busyTimeout = .seconds(3_000) // longer than this test may take
        let stores = try SQLiteStores(path: path, configuration: configuration, clock: clock)
        let holder = try FileHolder(path)
        if isHeld { try await holder.hold() }
        for sequence in 1...3 as ClosedRange<UInt32> { stores.events.append(event(1, sequence)) }
        async let lost = stores.events.shutDown(flushing: .seconds(3))
        if isHeld {
            try await clock.waitForPending(1)
            clock.advance(by: .seconds(3))
        }
        #expect(await lost == (isHeld ? 3 : 0))
        #expect(isHeld || clock.now == .zero)
        try stores.close()
        if isHeld { try await holder.letGo() }
        let reopened = try SQLiteStores(path: path, clock: clock)
        #expect(try await reopened.events.fetch(session: "s", stream: 1, after: 0)?.count == (isHeld ? nil : 3))
    }

    @Test("after a restart streams, owners and fences are as they were")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.sqlite")
        let owner = StreamOwner(instance: "i", fence: 4, note: [1, 2])
        do {
            let stores = try SQLiteStores(path: path, configuration: .patient)
            stores.events.append(event(1, 1), by: owner) {}
            stores.events.append(event(1, 2), by: owner) {}
            await stores.events.flush()
            try stores.close()
        }
        let store = try SQLiteStores(path: path, configuration: .patient).events
        #expect(store.events(session: "s", stream: 1, after: 0)?.count == 2)
        #expect(try await store.standing(session: "s", stream: 1) == StreamStanding(owner: owner, lastSequence: 2, hasEnded: false))
        #expect(try await !store.takeOver(session: "s", stream: 1, from: owner, by: StreamOwner(instance: "j", fence: 5), after: .max, ending: [7]), "no event can follow")
        #expect(try await store.takeOver(session: "s", stream: 1, from: owner, by: StreamOwner(instance: "j", fence: 5), after: 0, ending: [7]))
        let refused = Gate()
        store.append(event(1, 4), by: owner) { refused.open() }
        try await refused.wait()
        #expect(store.snapshot.fenced == 1 && store.snapshot.lost == 0)
        #expect(try await store.fetch(session: "s", stream: 1, after: 2)?.map(\.data) == [[7]])
    }

    @Test("what the queue cannot hold is lost, and leaves a gap that is admitted")
    func fullQueue() async throws {
        let folder = try TemporaryFolder()
        var configuration = SQLiteStores.Configuration()
        configuration.events.queuedBytes = 1
        let store = try SQLiteStores(path: folder.file("a.sqlite"), configuration: configuration).events
        for sequence in 1...500 as ClosedRange<UInt32> { store.append(event(1, sequence)) }
        await store.flush()
        store.append(event(1, 501))
        await store.flush()
        #expect(store.snapshot.lost > 0)
        #expect(try await store.fetch(session: "s", stream: 1, after: 0) == nil)
        #expect(try await store.fetch(session: "s", stream: 1, after: 500)?.count == 1)
    }
}
