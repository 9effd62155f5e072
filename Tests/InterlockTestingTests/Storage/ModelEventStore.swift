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
        var takesFromOthers = false
        var namesOwners = true
        var fences = true
        var comparesFences = true
        var tellsEnds = true
        var sharesLeases = true
    }

    private struct Follower {
        var session: String
        var stream: UInt32
        var receive: @Sendable (StoredEvent?) -> Void
    }

    private struct State {
        var followers: [Int: Follower] = [:]
        var lastNumber = 0
        var standings: [StreamName: StreamStanding] = [:]
    }

    private struct StreamName: Hashable {
        var session: [UInt8]
        var number: UInt32
    }

    private let base: InMemoryEventStore
    private let defect: Defect
    private let leases = InMemoryLeaseStore()
    private let state = Mutex(State())

    init(capacity: Int, _ defect: Defect = Defect()) {
        base = InMemoryEventStore(maximumBytes: capacity)
        self.defect = defect
    }

    var instances: any LeaseStore { defect.sharesLeases ? leases : InMemoryLeaseStore() }

    func append(_ event: StoredEvent) { append(event, nil) {} }

    func append(_ event: StoredEvent, by owner: StreamOwner, refused: @escaping @Sendable () -> Void) { append(event, owner, refused) }

    func standing(session: String, stream: UInt32) async throws(StoreError) -> StreamStanding? {
        state.withLock { $0.standings[StreamName(session: Array(session.utf8), number: stream)] }
    }

    func takeOver(
        session: String, stream: UInt32, from owner: StreamOwner, by successor: StreamOwner, after sequence: UInt32, ending data: [UInt8]
    ) async throws(StoreError) -> Bool {
        let name = StreamName(session: Array(session.utf8), number: stream)
        let event: StoredEvent? = state.withLock { state in
            guard let standing = state.standings[name], let held = standing.owner else { return nil }
            guard !defect.comparesFences || held.fence == owner.fence && successor.fence > held.fence && !standing.hasEnded else { return nil }
            let event = StoredEvent(session: session, stream: stream, sequence: max(standing.lastSequence, sequence) + 1, data: data, isLast: true)
            state.standings[name] = StreamStanding(owner: successor, lastSequence: event.sequence, hasEnded: true)
            if !defect.tellsEnds { base.append(event) }
            return event
        }
        if let event, defect.tellsEnds { append(event, successor) {} }
        return event != nil
    }

    private func append(_ event: StoredEvent, _ owner: StreamOwner?, _ refused: () -> Void) {
        let name = StreamName(session: Array(event.session.utf8), number: event.stream)
        let isTaken = state.withLock { state in
            let held = state.standings[name]?.owner
            if defect.fences, let held, let owner, held.fence > owner.fence { return true }
            state.standings[name] = StreamStanding(owner: defect.namesOwners ? owner ?? held : nil, lastSequence: event.sequence, hasEnded: event.isLast)
            return false
        }
        if isTaken { refused() } else { keep(event) }
    }

    private func keep(_ event: StoredEvent) {
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
    func release(session: String) { if defect.takesFromOthers { base.remove(session: session) } }
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
        broken("fetches the event that was asked about", ["what one instance keeps", "what one instance releases", "events that are gone", "a stream that was taken over"], .init(fetched: { events, after in
            after > 0 ? events.map { [StoredEvent(session: "s", stream: 1, sequence: after, data: [])] + $0 } : events
        })),
        broken("takes an end for no end", ["every byte of an event", "a stream that was taken over"], .init(fetched: { events, _ in
            events.map { $0.map { StoredEvent(session: $0.session, stream: $0.stream, sequence: $0.sequence, data: $0.data) } }
        })),
        broken("folds sessions", ["sessions and streams"], .init(session: { $0.folded })),
        broken("fetches what is left after a gap", ["events that are gone", "sessions and streams", "a removed session"], .init(fetched: { events, after in after == 0 && events == nil ? [.init(session: "s", stream: 1, sequence: 90, data: [])] : events })),
        broken("hands over twice what comes", ["who follows a stream gets", "who follows a stream sees"], .init(handsOverTwice: true)),
        broken("hands over after a cancellation", ["who has cancelled"], .init(cancels: false)),
        broken("follows across a gap in silence", ["who follows from before"], .init(admitsGaps: false)),
        broken("knows no owners", ["a stream says whose", "a stream that was taken over", "only the owner that was seen", "who follows a stream sees"], .init(namesOwners: false)),
        broken("keeps what an old owner writes", ["a stream that was taken over"], .init(fences: false)),
        broken("lets anybody take over", ["only the owner that was seen"], .init(comparesFences: false)),
        broken("takes over in silence", ["who follows a stream sees"], .init(tellsEnds: false)),
        broken("gives each instance leases of its own", ["the leases of instances"], .init(sharesLeases: false)),
        broken("takes from others what it releases", ["what one instance releases"], .init(takesFromOthers: true)),
        broken("keeps what was removed", ["a removed session"], .init(removes: false)),
    ]
}
