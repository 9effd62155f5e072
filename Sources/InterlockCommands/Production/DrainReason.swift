import Synchronization

/// Why a server drains.
enum DrainReason: String, Sendable {
    /// Whoever started the process wants it to end.
    case signal
    /// The process has grown too large: it is to be started again.
    case memory

    /// Keeps the first reason, which is the one that ends the process: a limit that is passed during a drain changes nothing.
    final class First: Sendable {
        private let reason = Mutex<DrainReason?>(nil)

        var value: DrainReason? { reason.withLock { $0 } }

        func set(_ reason: DrainReason) {
            self.reason.withLock { $0 = $0 ?? reason }
        }
    }
}
