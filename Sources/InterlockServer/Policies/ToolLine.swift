import InterlockConcurrency
import Synchronization

/// The places in which calls of one tool wait for something that calls of other tools wait for too: locks, worker threads.
///
/// Only counts. In which order those who have a place get their turn is up to what they wait for.
final class ToolLine: Sendable {
    private let tool: String
    private let depth: Int
    private let waiting = Atomic<Int>(0)

    /// - Parameter depth: places, as many as the tool's `queue` says.
    init(tool: String, depth: Int) {
        self.tool = tool
        self.depth = depth
    }

    /// Takes a place, which ``leave()`` gives back.
    func join() throws(AcquireError) {
        let (_, now) = waiting.add(1, ordering: .relaxed)
        guard now > depth else { return }
        leave()
        throw AcquireError(code: .queueFull, message: "the queue of tool '\(tool)' is full (\(depth) waiting)", retryAfter: .seconds(1))
    }

    func leave() {
        waiting.subtract(1, ordering: .relaxed)
    }
}
