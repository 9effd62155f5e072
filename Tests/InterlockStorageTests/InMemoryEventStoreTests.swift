@testable import InterlockStorage
import Testing

@Suite("Events in memory")
struct InMemoryEventStoreTests {
    private static func event(_ stream: UInt32, _ sequence: UInt32, isLast: Bool) -> StoredEvent {
        StoredEvent(session: "s", stream: stream, sequence: sequence, data: [], isLast: isLast)
    }

    @Test("of a stream that has ended nothing is kept once its events had to go; of one that goes on it is known what is missing", arguments: [true, false])
    func streams(end: Bool) {
        let room = 10
        let store = InMemoryEventStore(maximumBytes: room * InMemoryEventStore.overhead)
        for stream in 1...1_000 as ClosedRange<UInt32> {
            store.append(Self.event(stream, 1, isLast: false))
            store.append(Self.event(stream, 2, isLast: end))
        }
        #expect(store.storedBytes == room * InMemoryEventStore.overhead)
        #expect(store.streamCount == (end ? room / 2 : 1_000))
        #expect(store.events(session: "s", stream: 1, after: 0) == nil)
        // A client that has seen all of a stream misses nothing.
        #expect(store.events(session: "s", stream: 1, after: 2)?.count == (end ? nil : 0))
        #expect(store.events(session: "s", stream: 1_000, after: 0)?.count == 2)
        store.remove(session: "s")
        #expect(store.storedBytes == 0 && store.streamCount == 0)
    }
}
