import InterlockConcurrency
import InterlockServer
import InterlockStorage
import InterlockTransport

/// One thing that keeps tenants apart, taken away: the control of the matrix.
enum IsolationLeak: String, CaseIterable {
    /// The server has no list of who may see what.
    case features
    /// The registry of sessions does not know tenants: callers of the same name are one.
    case principals
    /// The session store says of every session that it is the asking tenant's.
    case sessions
    /// The event store does not tell sessions apart.
    case events
    /// The state store does not tell owners apart.
    case state
    /// The results of calls that happen once are found by their arguments alone.
    case idempotency
    /// The limits of all tenants are one.
    case rates

    /// The rows of the matrix that must find it begin so.
    var row: String {
        switch self {
        case .features: "feature"
        case .principals, .sessions: "session"
        case .events: "session: another session's Last-Event-ID"
        case .state: "state"
        case .idempotency: "once"
        case .rates: "rate"
        }
    }

    /// Where it is one: in memory events are looked for among the streams of the session first, so the store cannot mix them up.
    func applies(to backing: IsolationBacking) -> Bool { self != .events || backing != .memory }

    /// The stores with the leak in them.
    func applied(to stores: InstanceStores, intruder: Principal) -> InstanceStores {
        var stores = stores
        switch self {
        case .features, .principals: break
        case .sessions: stores.sessions = LeakySessions(store: stores.sessions, owner: intruder.identity)
        case .events: if let shared = stores.events as? any SharedEventStore { stores.events = LeakyEvents(store: shared) }
        case .state: stores.state = LeakyState(store: stores.state)
        case .idempotency: stores.idempotency = LeakyIdempotency(store: stores.idempotency)
        case .rates: stores.rates = LeakyRates(store: stores.rates)
        }
        return stores
    }
}

private struct LeakySessions: SessionStore {
    let store: any SessionStore
    let owner: String

    func load(_ id: String) async throws -> SessionRecord? {
        var record = try await store.load(id)
        record?.principal = owner
        return record
    }

    func save(_ record: SessionRecord) async throws { try await store.save(record) }
    func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool { try await store.create(record, within: quota) }
    func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool { try await store.replace(record, expecting: version) }
    func touch(_ id: String, at time: Int64) async throws { try await store.touch(id, at: time) }
    func remove(_ id: String) async throws { try await store.remove(id) }
    func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
        try await store.removeSessions(createdBefore: created, lastUsedBefore: used)
    }
    func count() async throws -> Int { try await store.count() }
}

private struct LeakyEvents: SharedEventStore {
    static let session = "everybody"
    let store: any SharedEventStore

    private func mixed(_ event: StoredEvent) -> StoredEvent {
        var event = event
        event.session = Self.session
        return event
    }

    var instances: any LeaseStore { store.instances }
    var storedBytes: Int { store.storedBytes }
    func append(_ event: StoredEvent) { store.append(mixed(event)) }
    func append(_ event: StoredEvent, by owner: StreamOwner, refused: @escaping @Sendable () -> Void) {
        store.append(mixed(event), by: owner, refused: refused)
    }
    func remove(session: String) {}
    func release(session: String) {}
    func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
        store.events(session: Self.session, stream: stream, after: sequence)
    }
    func fetch(session: String, stream: UInt32, after sequence: UInt32) async throws(StoreError) -> [StoredEvent]? {
        try await store.fetch(session: Self.session, stream: stream, after: sequence)
    }
    func follow(
        session: String, stream: UInt32, after sequence: UInt32, _ receive: @escaping @Sendable (StoredEvent?) -> Void
    ) async throws(StoreError) -> BusSubscription {
        try await store.follow(session: Self.session, stream: stream, after: sequence, receive)
    }
    func standing(session: String, stream: UInt32) async throws(StoreError) -> StreamStanding? {
        try await store.standing(session: Self.session, stream: stream)
    }
    func takeOver(
        session: String, stream: UInt32, from owner: StreamOwner, by successor: StreamOwner, after sequence: UInt32, ending data: [UInt8]
    ) async throws(StoreError) -> Bool {
        try await store.takeOver(session: Self.session, stream: stream, from: owner, by: successor, after: sequence, ending: data)
    }
}

private struct LeakyState: StateStore {
    let store: any StateStore

    /// What comes after the owner.
    private func mixed(_ key: String) -> String {
        guard let end = key.firstRange(of: "}:") else { return key }
        return "{everybody}:" + key[end.upperBound...]
    }

    func load(_ keys: [String]) async throws(StoreError) -> [StoredState?] { try await store.load(keys.map(mixed)) }
    func commit(_ changes: [StateChange]) async throws(StoreError) -> Bool {
        try await store.commit(changes.map { change in
            var change = change
            change.key = mixed(change.key)
            return change
        })
    }
}

private struct LeakyIdempotency: IdempotencyStore {
    let store: any IdempotencyStore

    /// Keys are digests of who asks and what for: whoever forgets the first finds a call by its arguments.
    func claim(_ key: String, token: UInt64, fingerprint: String, holdingFor: Duration, keepingFor: Duration) async throws(StoreError) -> IdempotencyClaim {
        await names.set(fingerprint, for: key)
        return try await store.claim(fingerprint, token: token, fingerprint: fingerprint, holdingFor: holdingFor, keepingFor: keepingFor)
    }
    func finish(_ key: String, token: UInt64, result: [UInt8], keepingFor: Duration) async throws(StoreError) -> Bool {
        try await store.finish(await names.of(key), token: token, result: result, keepingFor: keepingFor)
    }
    func abandon(_ key: String, token: UInt64) async throws(StoreError) -> Bool { try await store.abandon(await names.of(key), token: token) }

    private let names = Names()

    init(store: any IdempotencyStore) { self.store = store }

    private actor Names {
        private var fingerprints: [String: String] = [:]
        func set(_ fingerprint: String, for key: String) { fingerprints[key] = fingerprint }
        func of(_ key: String) -> String { fingerprints[key] ?? key }
    }
}

private struct LeakyRates: RateLimitStore {
    let store: any RateLimitStore

    func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision {
        try await store.take(cost, from: key.contains(":tool:") ? "{everybody}" : key, limits: limits)
    }
}
