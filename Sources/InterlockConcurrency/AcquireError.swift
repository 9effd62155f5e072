/// Why a caller did not get what it waited for: a lock, a permit, a place on a worker.
///
/// The caller's body has not begun when this is thrown, so the call may be repeated. Work that had begun ends with
/// ``WorkTimeoutError`` or `CancellationError` instead. Only who leaves work that is shared (``SingleFlight``,
/// ``LRUCache``) cannot tell: it may go on for others.
public struct AcquireError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case cancelled, deadlineExceeded, queueFull, shutDown, rateLimited, circuitOpen
        }

        private let reason: Reason

        /// The waiting task was cancelled, or somebody removed the waiter from the queue.
        public static let cancelled = Code(reason: .cancelled)
        /// The deadline passed before it was this caller's turn.
        public static let deadlineExceeded = Code(reason: .deadlineExceeded)
        /// The bounded queue was full and its policy chose this caller to go.
        public static let queueFull = Code(reason: .queueFull)
        /// The primitive is shutting down or draining and takes nobody new.
        public static let shutDown = Code(reason: .shutDown)
        /// More was asked for than the rate allows.
        public static let rateLimited = Code(reason: .rateLimited)
        /// The breaker keeps calls away from what has been failing.
        public static let circuitOpen = Code(reason: .circuitOpen)

        public var description: String { reason.rawValue }
    }

    /// The reason, to branch on.
    public let code: Code
    /// What was wrong, where, and what to do. For people; never parse it.
    public let message: String
    /// When trying again makes sense, as far as can be told from how fast the queue has been moving.
    public let retryAfter: Duration?
    /// What led to it, if something did: for a breaker, the latest failure of what it keeps calls from. For logs, never for
    /// the wire, and no part of what makes two errors equal.
    public let cause: (any Error)?

    /// Makes an error; for those who build primitives of their own on this module.
    public init(code: Code, message: String, retryAfter: Duration? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.cause = cause
    }

    public static func == (left: AcquireError, right: AcquireError) -> Bool {
        left.code == right.code && left.message == right.message && left.retryAfter == right.retryAfter
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(message)
        hasher.combine(retryAfter)
    }

    public var description: String {
        let retry = retryAfter.map { " (retry after \($0))" } ?? ""
        return "\(code): \(message)\(retry)"
    }
}

extension AcquireError {
    static func cancelled(_ name: String) -> AcquireError {
        AcquireError(code: .cancelled, message: "the task was cancelled while it waited for \(name); nothing was acquired")
    }

    static func removed(_ name: String) -> AcquireError {
        AcquireError(code: .cancelled, message: "the waiter was removed from the queue of \(name); nothing was acquired")
    }

    static func deadlineExceeded(_ name: String) -> AcquireError {
        AcquireError(
            code: .deadlineExceeded,
            message: "the deadline passed before \(name) was free; allow more time, or find what holds it so long")
    }

    static func queueFull(_ name: String, depth: Int, retryAfter: Duration? = nil) -> AcquireError {
        AcquireError(
            code: .queueFull, message: "the queue of \(name) is full (\(depth) waiting); try later, or raise its depth or limit",
            retryAfter: retryAfter)
    }

    static func shutDown(_ name: String) -> AcquireError {
        AcquireError(code: .shutDown, message: "\(name) is shutting down and takes no new work; use another instance")
    }

    /// The error of a waiter that left its queue without its turn.
    static func gaveUp(_ reason: GiveUpReason, _ name: String) -> AcquireError {
        switch reason {
        case .cancelled: cancelled(name)
        case .deadlineExceeded: deadlineExceeded(name)
        case .revoked: AcquireError(code: .queueFull, message: "the place in line before \(name) was needed for another caller; try later")
        }
    }

    /// The error of a caller that was not let into a queue.
    static func refused(_ code: Code, _ name: String, depth: Int, retryAfter: Duration? = nil) -> AcquireError {
        switch code {
        case .cancelled: cancelled(name)
        case .deadlineExceeded: deadlineExceeded(name)
        case .shutDown: shutDown(name)
        default: queueFull(name, depth: depth, retryAfter: retryAfter)
        }
    }
}
