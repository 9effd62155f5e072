import InterlockStorage
import Synchronization

/// An event store that several servers of one process share, as instances share one outside.
final class SharedMemoryEvents: SharedEventStore {
    private struct Follower {
        var session: String
        var stream: UInt32
        var receive: @Sendable (StoredEvent?) -> Void
    }

    private let events = InMemoryEventStore()
    private let followers = Mutex<[Int: Follower]>([:])
    private let nextFollower = Atomic<Int>(0)

    func append(_ event: StoredEvent) {
        events.append(event)
        for follower in followers.withLock({ Array($0.values) }) where follower.session == event.session && follower.stream == event.stream {
            follower.receive(event)
        }
    }

    func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
        events.events(session: session, stream: stream, after: sequence)
    }

    func remove(session: String) { events.remove(session: session) }
    var storedBytes: Int { events.storedBytes }

    func fetch(session: String, stream: UInt32, after sequence: UInt32) async throws(StoreError) -> [StoredEvent]? {
        events(session: session, stream: stream, after: sequence)
    }

    func follow(
        session: String, stream: UInt32, after sequence: UInt32, _ receive: @escaping @Sendable (StoredEvent?) -> Void
    ) async throws(StoreError) -> BusSubscription {
        let number = nextFollower.add(1, ordering: .relaxed).newValue
        for event in events(session: session, stream: stream, after: sequence) ?? [] { receive(event) }
        followers.withLock { $0[number] = Follower(session: session, stream: stream, receive: receive) }
        return BusSubscription { [weak self] in _ = self?.followers.withLock { $0.removeValue(forKey: number) } }
    }
}
