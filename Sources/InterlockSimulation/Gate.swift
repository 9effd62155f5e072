import InterlockConcurrency
import Synchronization

/// A door that tasks stop at until a test opens it.
///
/// It replaces the sleep in a test: let a task run up to ``wait()``, know by ``waitForWaiters(_:)`` that it has arrived,
/// do what must happen meanwhile, ``open()``. Once open it stays open.
public final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var nextID: UInt64 = 0
        var waiters: [(id: UInt64, waiter: Waiter<Bool>)] = []
        var watch = CountWatch()
    }

    private let state = Mutex(State())

    /// Makes a closed gate.
    public init() {}

    /// Whether ``open()`` has been called.
    public var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Tasks that stand at the gate now.
    public var waiterCount: Int { state.withLock { $0.waiters.count } }

    /// Suspends until the gate is open; returns at once when it is.
    ///
    /// - Throws: `CancellationError` when the task is cancelled before the gate opens.
    public func wait() async throws {
        if Task.isCancelled { throw CancellationError() }
        let waiter = Waiter<Bool>()
        let (id, satisfied): (UInt64?, [Waiter<Bool>]) = state.withLock { state in
            guard !state.isOpen else { return (nil, []) }
            state.nextID += 1
            state.waiters.append((state.nextID, waiter))
            return (state.nextID, state.watch.takeSatisfied(by: state.waiters.count))
        }
        guard let id else { return }
        for watcher in satisfied { watcher.resolve(true) }
        let passed = await waiter.wait { [self] in
            let removed: Waiter<Bool>? = state.withLock { state in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index).waiter
            }
            removed?.resolve(false)
        }
        if !passed { throw CancellationError() }
    }

    /// Lets everybody through, now and from now on, in the order they came.
    public func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        for entry in waiters { entry.waiter.resolve(true) }
    }

    /// Suspends until at least `number` tasks stand at the gate.
    ///
    /// - Throws: `CancellationError` when the task is cancelled first.
    public func waitForWaiters(_ number: Int) async throws {
        try await CountWatch.wait { waiter in
            state.withLock { state in
                state.waiters.count >= number ? nil : state.watch.add(threshold: number, waiter)
            }
        } remove: { [self] id in
            state.withLock { $0.watch.remove(id) }
        }
    }
}
