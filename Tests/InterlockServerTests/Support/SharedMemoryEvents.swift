import InterlockConcurrency
import InterlockStorage
import Synchronization

/// An event store that several servers of one process share, as instances share one outside.
final class SharedMemoryEvents: SharedEventStore {
    private struct Follower {
        var session: String
        var stream: UInt32
        var receive: @Sendable (StoredEvent?) -> Void
    }

    let instances: any LeaseStore
    /// Whether what an old owner writes is refused: off for the control.
    let fences: Bool
    /// Sessions that an instance serves no more.
    let released = Mutex<Set<String>>([])
    /// Run with each look at a stream: what happens while a store takes its time.
    let onStanding = Mutex<(@Sendable () -> Void)?>(nil)
    private let events = InMemoryEventStore()
    private let standings = Mutex<[String: StreamStanding]>([:])
    private let followers = Mutex<[Int: Follower]>([:])
    private let nextFollower = Atomic<Int>(0)

    init(clock: any SchedulingClock = SystemClock.shared, fences: Bool = true) {
        instances = InMemoryLeaseStore(clock: clock)
        self.fences = fences
    }

    func append(_ event: StoredEvent) { append(event, nil) {} }

    func append(_ event: StoredEvent, by owner: StreamOwner, refused: @escaping @Sendable () -> Void) {
        // As from a store that answers later: never while the caller holds its lock.
        append(event, owner) { Task { refused() } }
    }

    func standing(session: String, stream: UInt32) async throws(StoreError) -> StreamStanding? {
        onStanding.withLock { $0 }?()
        return standings.withLock { $0["\(session) \(stream)"] }
    }

    /// Those who follow a stream now.
    var followerCount: Int { followers.withLock { $0.count } }

    func takeOver(
        session: String, stream: UInt32, from owner: StreamOwner, by successor: StreamOwner, after sequence: UInt32, ending data: [UInt8]
    ) async throws(StoreError) -> Bool {
        let last: UInt32? = standings.withLock { standings in
            let name = "\(session) \(stream)"
            guard let standing = standings[name], standing.owner?.fence == owner.fence, successor.fence > owner.fence, !standing.hasEnded else { return nil }
            let last = max(standing.lastSequence, sequence) + 1
            standings[name] = StreamStanding(owner: successor, lastSequence: last, hasEnded: true)
            return last
        }
        guard let last else { return false }
        keep(StoredEvent(session: session, stream: stream, sequence: last, data: data, isLast: true))
        return true
    }

    private func append(_ event: StoredEvent, _ owner: StreamOwner?, _ refused: () -> Void) {
        let isTaken: Bool? = standings.withLock { standings in
            let name = "\(event.session) \(event.stream)"
            let held = standings[name]
            if fences, let fence = held?.owner?.fence, let owner, fence > owner.fence { return true }
            // A number that is there already is taken for the same event written twice, as everywhere; a store without fences writes on all the same.
            if fences, let held, held.lastSequence >= event.sequence { return nil }
            standings[name] = StreamStanding(owner: owner ?? held?.owner, lastSequence: event.sequence, hasEnded: event.isLast)
            return false
        }
        switch isTaken {
        case true?: refused()
        case false?: keep(event)
        case nil: break
        }
    }

    private func keep(_ event: StoredEvent) {
        events.append(event)
        for follower in followers.withLock({ Array($0.values) }) where follower.session == event.session && follower.stream == event.stream {
            follower.receive(event)
        }
    }

    func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
        events.events(session: session, stream: stream, after: sequence)
    }

    func remove(session: String) { events.remove(session: session) }
    func release(session: String) { released.withLock { _ = $0.insert(session) } }
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
