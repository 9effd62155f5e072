import InterlockConcurrency
import InterlockProtocol

/// The changing part of a session.
struct SessionState {
    var lastUsed: MonotonicTime
    /// When its use was last noted in the session store.
    private var noted: MonotonicTime
    var isInitialized = false
    var logLevel: LoggingLevel?
    var subscriptions: Set<String> = []
    var values: [String: any Sendable] = [:]
    private(set) var history: [SessionHistoryEntry] = []
    private let historyLimit: Int

    init(lastUsed: MonotonicTime, historyLimit: Int) {
        self.lastUsed = lastUsed
        self.noted = lastUsed
        self.historyLimit = historyLimit
    }

    /// Whether the store is to be told of a use now.
    mutating func mustTouchStore(_ now: MonotonicTime, every interval: Duration) -> Bool {
        guard now - noted >= interval else { return false }
        noted = now
        return true
    }

    mutating func remember(_ entry: SessionHistoryEntry) {
        guard historyLimit > 0 else { return }
        if history.count >= historyLimit { history.removeFirst(history.count - historyLimit + 1) }
        history.append(entry)
    }
}
