import InterlockConcurrency
import Synchronization

/// A session's place among those the server keeps; given back once, however often it is asked to.
final class SessionSlot: Sendable {
    private let permit: Mutex<FairLimiter<UInt8>.Permit?>
    private let onRelease: (@Sendable () -> Void)?

    /// - Parameter onRelease: gives back what else the place took.
    init(_ permit: FairLimiter<UInt8>.Permit, onRelease: (@Sendable () -> Void)? = nil) {
        self.permit = Mutex(permit)
        self.onRelease = onRelease
    }

    func release() {
        let permit = permit.withLock { permit in
            defer { permit = nil }
            return permit
        }
        guard let permit else { return }
        permit.release()
        onRelease?()
    }
}
