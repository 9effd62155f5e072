import InterlockConcurrency
import InterlockProtocol
import InterlockStorage

/// The changing part of a session.
struct SessionState {
    var lastUsed: MonotonicTime
    /// When its use was last noted in the session store.
    private var noted: MonotonicTime
    var isInitialized = false
    var logLevel: LoggingLevel?
    var subscriptions: Set<String> = []
    var values: [String: any Sendable] = [:]
    /// What the session store has of it.
    var record: SessionRecordStateMachine
    private(set) var history: [SessionHistoryEntry] = []
    private let historyLimit: Int

    init(_ record: SessionRecord, lastUsed: MonotonicTime, historyLimit: Int) {
        self.record = SessionRecordStateMachine(stored: record)
        self.lastUsed = lastUsed
        self.noted = lastUsed
        self.historyLimit = historyLimit
        adopt(record)
    }

    /// What of it is kept in a store, as it stands now.
    func currentRecord(clock: any SchedulingClock) -> SessionRecord {
        var current = record.stored
        current.isInitialized = isInitialized
        current.logLevel = logLevel?.rawValue
        current.subscriptions = subscriptions.sorted()
        current.lastUsedAt = clock.wallTime - (clock.now - lastUsed).wholeMilliseconds
        return current
    }

    mutating func adopt(_ record: SessionRecord) {
        isInitialized = record.isInitialized
        logLevel = record.logLevel.flatMap { LoggingLevel(rawValue: $0) }
        subscriptions = Set(record.subscriptions)
    }

    func isTouchDue(_ now: MonotonicTime, every interval: Duration) -> Bool { now - noted >= interval }

    /// Whether the store is to be told of a use now.
    mutating func mustTouchStore(_ now: MonotonicTime, every interval: Duration) -> Bool {
        guard isTouchDue(now, every: interval) else { return false }
        noted = now
        return true
    }

    mutating func remember(_ entry: SessionHistoryEntry) {
        guard historyLimit > 0 else { return }
        if history.count >= historyLimit { history.removeFirst(history.count - historyLimit + 1) }
        history.append(entry)
    }
}
