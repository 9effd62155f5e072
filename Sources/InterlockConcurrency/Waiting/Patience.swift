/// What a caller brings along when it must wait: how long it may, and whether it may at all.
package struct Patience: Sendable {
    package var now: MonotonicTime
    package var deadline: MonotonicTime?
    /// The task was cancelled before it joined a queue.
    package var isCancelled: Bool

    package init(now: MonotonicTime, deadline: MonotonicTime? = nil, isCancelled: Bool = false) {
        self.now = now
        self.deadline = deadline
        self.isCancelled = isCancelled
    }

    /// Why the caller cannot even join a queue.
    var refusal: AcquireError.Code? {
        if isCancelled { return .cancelled }
        if let deadline, deadline <= now { return .deadlineExceeded }
        return nil
    }
}
