import InterlockConcurrency

/// The life of one call: open, then finished, expired or cancelled, exactly once.
struct CallState {
    private(set) var isOpen = true
    private(set) var isExpired = false
    private(set) var cancellation: CancellationReason?
    var task: Task<Void, Never>?
    var deadline: MonotonicTime?
    var onCancel: (@Sendable () -> Void)?
    private var lastProgress: Double?
    private var lastProgressTime: MonotonicTime?

    /// Progress notifications of one request are at least this far apart, except the first and the last.
    static let progressInterval: Duration = .milliseconds(10)

    /// True for the one caller that may send the response.
    mutating func close() -> Bool {
        guard isOpen else { return false }
        isOpen = false
        task = nil
        onCancel = nil
        return true
    }

    /// True for the first end; the task, if it is attached already, is to be cancelled then.
    mutating func expire() -> (isFirst: Bool, task: Task<Void, Never>?) {
        guard isOpen else { return (false, nil) }
        isOpen = false
        isExpired = true
        defer { task = nil }
        return (true, task)
    }

    mutating func cancel(_ reason: CancellationReason) -> (isFirst: Bool, task: Task<Void, Never>?, action: (@Sendable () -> Void)?) {
        guard isOpen else { return (false, nil, nil) }
        isOpen = false
        cancellation = reason
        defer { task = nil; onCancel = nil }
        return (true, task, onCancel)
    }

    mutating func admitProgress(_ value: Double, isFinal: Bool, now: MonotonicTime) -> Bool {
        guard isOpen else { return false }
        if let lastProgress, value <= lastProgress { return false }
        if let lastProgressTime, !isFinal, now - lastProgressTime < Self.progressInterval { return false }
        lastProgress = value
        lastProgressTime = now
        return true
    }
}
