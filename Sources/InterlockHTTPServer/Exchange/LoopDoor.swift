import NIOCore
import Synchronization

/// The way back to an event loop for a task that may outlive what it works for.
///
/// Closed when that is gone, so that nothing is queued on a loop that may have ended.
final class LoopDoor: Sendable {
    private let eventLoop: any EventLoop
    private let isOpen = Mutex(true)

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Runs `body` on the loop, or never.
    func execute(_ body: @escaping @Sendable () -> Void) {
        // Under the lock: `close` comes before the loop's end, so what is queued here comes before it too.
        isOpen.withLock { if $0 { eventLoop.execute(body) } }
    }

    func close() {
        isOpen.withLock { $0 = false }
    }
}
