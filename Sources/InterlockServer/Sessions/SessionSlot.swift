import InterlockConcurrency
import Synchronization

/// A session's place among those the server keeps; given back once, however often it is asked to.
final class SessionSlot: Sendable {
    private let permit: Mutex<FairLimiter<UInt8>.Permit?>

    init(_ permit: FairLimiter<UInt8>.Permit) {
        self.permit = Mutex(permit)
    }

    func release() {
        let permit = permit.withLock { permit in
            defer { permit = nil }
            return permit
        }
        permit?.release()
    }
}
