import InterlockConcurrency

/// Those who wait until a count reaches a number; the state half of "wait until n have arrived".
struct CountWatch: Sendable {
    private struct Watcher {
        let id: UInt64
        let threshold: Int
        let waiter: Waiter<Bool>
    }

    private var watchers: [Watcher] = []
    private var nextID: UInt64 = 0

    /// Adds a watcher; returns its id, for ``remove(_:)``.
    mutating func add(threshold: Int, _ waiter: Waiter<Bool>) -> UInt64 {
        nextID += 1
        watchers.append(Watcher(id: nextID, threshold: threshold, waiter: waiter))
        return nextID
    }

    /// Takes a watcher out, unless it was satisfied before.
    mutating func remove(_ id: UInt64) -> Waiter<Bool>? {
        guard let index = watchers.firstIndex(where: { $0.id == id }) else { return nil }
        return watchers.remove(at: index).waiter
    }

    /// Takes out those whose number is reached.
    mutating func takeSatisfied(by count: Int) -> [Waiter<Bool>] {
        guard !watchers.isEmpty else { return [] }
        let satisfied = watchers.filter { $0.threshold <= count }.map(\.waiter)
        watchers.removeAll { $0.threshold <= count }
        return satisfied
    }

    /// Suspends until a count reaches what `add` asked for.
    ///
    /// - Parameters:
    ///   - add: Registers the waiter under the owner's lock and returns its id, or `nil` when the number is reached already.
    ///   - remove: Takes the waiter out again under the owner's lock, when the task is cancelled.
    static func wait(
        add: (Waiter<Bool>) -> UInt64?, remove: @escaping @Sendable (UInt64) -> Waiter<Bool>?
    ) async throws {
        if Task.isCancelled { throw CancellationError() }
        let waiter = Waiter<Bool>()
        guard let id = add(waiter) else { return }
        let reached = await waiter.wait { remove(id)?.resolve(false) }
        if !reached { throw CancellationError() }
    }
}
