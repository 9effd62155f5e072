import Foundation
import InterlockConcurrency
import Synchronization

/// How long the file's one writer looks again and again whether another process has let go of it.
///
/// Up to the busy timeout; in a transaction with a budget, as long as somebody waits for it. Times are the machine's own, as the other process is too.
final class WriterPatience: Sendable {
    private struct State: Sendable {
        /// Whether somebody still waits for the transaction under way; `nil` for one without a budget.
        var isWaitedFor: (@Sendable () -> Bool)?
        /// When the present wait began.
        var began = MonotonicTime.zero
        var hasEnded = false
    }

    /// Between two looks, in milliseconds; the last one again and again.
    private static let pauses = [1, 2, 5, 10, 20]

    private let timeout: Duration
    private let state = Mutex(State())

    init(timeout: Duration) { self.timeout = timeout }

    /// Runs `body`, on the writer's thread, which waits for other processes as long as `isWaitedFor` says.
    func whileWaited<Value>(_ isWaitedFor: @escaping @Sendable () -> Bool, _ body: () throws -> Value) rethrows -> Value {
        state.withLock { $0.isWaitedFor = isWaitedFor }
        defer { state.withLock { $0.isWaitedFor = nil } }
        return try body()
    }

    /// From now on nothing is waited for that nobody waits for: the file is being closed.
    func end() { state.withLock { $0.hasEnded = true } }

    /// SQLite's busy handler: pauses, and says whether to look again.
    ///
    /// - Parameter tries: How often it has looked in this wait.
    func goesOn(_ tries: Int) -> Bool {
        let now = SystemClock.shared.now
        let (isWaitedFor, began, hasEnded) = state.withLock { state in
            if tries == 0 { state.began = now }
            return (state.isWaitedFor, state.began, state.hasEnded)
        }
        let left = timeout - (now - began)
        guard isWaitedFor?() ?? !hasEnded, isWaitedFor != nil || left > .zero else { return false }
        let pause = Duration.milliseconds(Self.pauses[min(max(0, tries), Self.pauses.count - 1)])
        Thread.sleep(forTimeInterval: Double((isWaitedFor == nil ? min(pause, left) : pause).wholeNanoseconds) / 1e9)
        return true
    }
}
