public import InterlockConcurrency
import InterlockJSON
public import InterlockProtocol
import InterlockStorage
public import InterlockTransport
import Synchronization

/// What the server remembers of one client of the legacy revisions (2025-11-25, Base Protocol › Lifecycle) between its requests.
///
/// It dies with its connection (stdio, in-memory, HTTP+SSE), by DELETE, by idleness or by age; nothing of it is shared with another session.
public final class Session: Sendable {
    /// The `Mcp-Session-Id`; unguessable.
    public let id: String
    /// What both sides agreed to speak.
    public let revision: ProtocolRevision
    /// What the client calls itself; a hint for logs, never for decisions.
    public var clientInfo: Implementation? { meta.meta.clientInfo }
    /// What the client can do.
    public var clientCapabilities: ClientCapabilities { meta.meta.clientCapabilities }
    /// Whom the session belongs to.
    public let principal: Principal?
    /// When it was made, by the server's clock.
    public let createdAt: MonotonicTime

    /// Unique in this process: whose turn it is in fair queues.
    let number: UInt64
    /// What every request of the session says about its sender without repeating it.
    let meta: ReadMeta
    let scope: CallScope
    let requests: OutboundRequests
    let delivery: SessionDelivery
    let slot: SessionSlot
    let check: SessionCheck
    private let state: Mutex<SessionState>

    init(
        record: SessionRecord, number: UInt64, scope: CallScope, principal: Principal?, delivery: SessionDelivery, slot: SessionSlot,
        clock: any SchedulingClock, historyLimit: Int, requestBase: Int64 = 0, gaps: Int = 0
    ) throws(ProtocolError) {
        self.slot = slot
        self.id = record.id
        self.number = number
        self.scope = scope
        self.principal = principal
        self.delivery = delivery
        self.revision = ProtocolRevision(rawValue: record.revision) ?? .latestLegacy
        self.meta = ReadMeta(RequestMeta(
            protocolVersion: revision.rawValue, clientCapabilities: try ClientCapabilities(decoding: record.clientCapabilities),
            clientInfo: try record.clientInfo.map { raw throws(ProtocolError) in try Implementation(decoding: raw) }))
        let age = max(0, clock.wallTime - record.createdAt)
        self.createdAt = clock.now - .milliseconds(age)
        self.requests = OutboundRequests(base: requestBase)
        self.check = SessionCheck(gaps: gaps, now: clock.now)
        self.state = Mutex(SessionState(record, lastUsed: clock.now, historyLimit: historyLimit))
    }

    /// What this session's last calls were, oldest first; bounded, and without arguments.
    public var history: [SessionHistoryEntry] { state.withLock { $0.history } }

    /// A value kept for this session under a key of its type; `nil` if none was set.
    public subscript<Value: Sendable>(key: SessionKey<Value>) -> Value? {
        get { state.withLock { $0.values[key.name] as? Value } }
    }

    /// Changes a session's value in one step that no other call can interleave with. The closure must be short: it runs under a lock.
    public func update<Value: Sendable, Result>(_ key: SessionKey<Value>, _ change: (inout Value?) throws -> sending Result) rethrows -> sending Result {
        try state.withLock { state in
            var value = state.values[key.name] as? Value
            defer { state.values[key.name] = value }
            return try change(&value)
        }
    }

    // MARK: What the server does with it

    func with<Result>(_ body: (inout SessionState) throws -> sending Result) rethrows -> sending Result {
        try state.withLock { try body(&$0) }
    }

    func touch(_ now: MonotonicTime) {
        state.withLock { $0.lastUsed = now }
    }

    /// The record as it stands now, for the session store.
    func currentRecord(clock: any SchedulingClock) -> SessionRecord {
        state.withLock { $0.currentRecord(clock: clock) }
    }

    /// The record that puts what has changed here into the store; `nil` if the store has it all.
    func recordToWrite(clock: any SchedulingClock) -> SessionRecord? {
        state.withLock { $0.record.next($0.currentRecord(clock: clock)) }
    }

    /// Takes over what a record from the store says that another instance has changed.
    ///
    /// - Parameter known: the version that was known before it was read.
    func merge(_ found: SessionRecord, knownBefore known: Int64, clock: any SchedulingClock) {
        state.withLock { state in
            let merged = state.record.merge(found, knownBefore: known, into: state.currentRecord(clock: clock))
            state.adopt(merged)
        }
    }
}

/// Names a value of one type in a session.
public struct SessionKey<Value: Sendable>: Sendable {
    let name: String
    /// - Parameter name: unique among the session's keys.
    public init(_ name: String) { self.name = name }
}

/// One call a session made: which tool, when, how it ended; never its arguments.
public struct SessionHistoryEntry: Sendable, Hashable {
    /// How a call ended.
    public enum Outcome: Sendable, Hashable { case succeeded, toolError, protocolError, cancelled, timedOut, refused }
    public var tool: String
    public var at: MonotonicTime
    public var outcome: Outcome
}

extension Duration {
    var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
