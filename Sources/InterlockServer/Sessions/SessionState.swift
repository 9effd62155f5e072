import InterlockConcurrency
import InterlockProtocol

/// The changing part of a session.
struct SessionState {
    var lastUsed: MonotonicTime
    var isInitialized = false
    var logLevel: LoggingLevel?
    var subscriptions: Set<String> = []
    var values: [String: any Sendable] = [:]
    private(set) var history: [SessionHistoryEntry] = []
    private let historyLimit: Int

    init(lastUsed: MonotonicTime, historyLimit: Int) {
        self.lastUsed = lastUsed
        self.historyLimit = historyLimit
    }

    mutating func remember(_ entry: SessionHistoryEntry) {
        guard historyLimit > 0 else { return }
        if history.count >= historyLimit { history.removeFirst(history.count - historyLimit + 1) }
        history.append(entry)
    }
}
