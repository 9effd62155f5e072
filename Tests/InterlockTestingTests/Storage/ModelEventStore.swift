import InterlockStorage
import Synchronization

/// A shared event store within one process, sound unless it is given a defect.
final class ModelEventStore: SharedEventStore {
    /// What is wrong; the defaults are sound.
    struct Defect: Sendable {
        var kept: @Sendable (StoredEvent) -> StoredEvent? = { $0 }
        var session: @Sendable (String) -> String = { $0 }
        var fetched: @Sendable ([StoredEvent]?, UInt32) -> [StoredEvent]? = { events, _ in events }
        var handsOverTwice = false
        var cancels = true
        var admitsGaps = true
        var removes = true
    }

    private struct Follower {
        var session: String
        var stream: UInt32
        var receive: @Sendable (StoredEvent?) -> Void
    }

    private struct State {
        var followers: [Int: Follower] = [:]
        var lastNumber = 0
    }

    private let base: InMemoryEventStore
    private let defect: Defect
    private let state = Mutex(State())

    init(capacity: Int, _ defect: Defect = Defect()) {
        base = InMemoryEventStore(maximumBytes: capacity)
        self.defect = defect
    }

    func append(_ event: StoredEvent) {
        guard var event = defect.kept(event) else { return }
        event.session = defect.session(event.session)
        let followers = state.withLock { state in
            base.append(event)
            return state.followers.values.filter { $0.session.utf8.elementsEqual(event.session.utf8) && $0.stream == event.stream }
        }
        for follower in followers { for _ in 0..<(defect.handsOverTwice ? 2 : 1) { follower.receive(event) } }
    }

    func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? { base.events(session: defect.session(session), stream: stream, after: sequence) }
    func remove(session: String) { if defect.removes { base.remove(session: session) } }
    var storedBytes: Int { base.storedBytes }

    func fetch(session: String, stream: UInt32, after sequence: UInt32) async throws(StoreError) -> [StoredEvent]? {
        defect.fetched(events(session: session, stream: stream, after: sequence), sequence)
    }

    func follow(
        session: String, stream: UInt32, after sequence: UInt32, _ receive: @escaping @Sendable (StoredEvent?) -> Void
    ) async throws(StoreError) -> BusSubscription {
        let session = defect.session(session)
        let (events, number) = state.withLock { state in
            state.lastNumber += 1
            let events = base.events(session: session, stream: stream, after: sequence)
            if events != nil || !defect.admitsGaps { state.followers[state.lastNumber] = Follower(session: session, stream: stream, receive: receive) }
            return (events, state.lastNumber)
        }
        if let events { for event in events { receive(event) } } else if defect.admitsGaps { receive(nil) }
        return BusSubscription { [self] in
            if defect.cancels { state.withLock { _ = $0.followers.removeValue(forKey: number) } }
        }
    }

    private static func broken(_ name: String, _ checks: [String], isShared: Bool = true, _ defect: Defect) -> Broken<any SharedEventStore> {
        var broken = Broken<any SharedEventStore>(name, isShared: isShared) { capacity, _ in ModelEventStore(capacity: capacity, defect) }
        broken.checks = checks
        return broken
    }

    static let broken: [Broken<any SharedEventStore>] = [
        broken("fetches the event that was asked about", ["what one instance keeps", "events that are gone"], .init(fetched: { events, after in
            after > 0 ? events.map { [StoredEvent(session: "s", stream: 1, sequence: after, data: [])] + $0 } : events
        })),
        broken("takes an end for no end", ["every byte of an event"], .init(fetched: { events, _ in
            events.map { $0.map { StoredEvent(session: $0.session, stream: $0.stream, sequence: $0.sequence, data: $0.data) } }
        })),
        broken("folds sessions", ["sessions and streams"], .init(session: { $0.folded })),
        broken("fetches what is left after a gap", ["events that are gone", "sessions and streams", "a removed session"], .init(fetched: { events, after in after == 0 && events == nil ? [.init(session: "s", stream: 1, sequence: 90, data: [])] : events })),
        broken("hands over twice what comes", ["who follows a stream"], .init(handsOverTwice: true)),
        broken("hands over after a cancellation", ["who has cancelled"], .init(cancels: false)),
        broken("follows across a gap in silence", ["who follows from before"], .init(admitsGaps: false)),
        broken("keeps what was removed", ["a removed session"], .init(removes: false)),
    ]
}
