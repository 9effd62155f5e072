import InterlockConcurrency
import InterlockObservability
import Logging

/// Ends a process that has grown too large while it still can end in good order, for a supervisor to start it again.
struct MemoryLimit: Sendable {
    let bytes: Int
    let logger: Logger
    var interval: Duration = .seconds(1)
    var clock: any SchedulingClock = SystemClock.shared
    var read: @Sendable () -> Int? = { ProcessStatistics.current()?.residentBytes }

    /// Looks until the limit is passed, calls `drain` once, and returns; or until the task is cancelled.
    func run(_ drain: @Sendable () -> Void) async {
        while !Task.isCancelled {
            if let size = read(), size > bytes {
                logger.warning("the process is larger than it may be: it drains and ends", metadata: [
                    "event": "memory_limit", "resident_bytes": .stringConvertible(size), "limit": .stringConvertible(bytes),
                ])
                return drain()
            }
            do { try await clock.sleep(until: clock.now + interval) } catch { return }
        }
    }
}
