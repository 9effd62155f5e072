internal import InterlockConcurrency
import Synchronization

/// A value that is decided once, by whoever comes first, and awaited by one caller.
package final class OneShot<Value: Sendable>: Sendable {
    private let waiter = Waiter<Value>()
    private let isResolved = Atomic(false)

    package init() {}

    /// Decides, unless it was decided. Returns whether this call did.
    @discardableResult
    package func resolve(_ value: Value) -> Bool {
        guard !isResolved.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        waiter.resolve(value)
        return true
    }

    /// Suspends until it is decided; a cancelled task decides for `onCancel`. Call once.
    package func wait(onCancel: @escaping @Sendable () -> Value) async -> Value {
        await waiter.wait { [self] in resolve(onCancel()) }
    }

    /// Suspends until it is decided, whatever happens to the task. Call once.
    package func wait() async -> Value {
        await waiter.suspend()
    }
}
