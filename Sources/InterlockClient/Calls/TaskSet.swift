import Synchronization

/// Tasks that outlive the call that started them, bounded in number, all ended and awaited by ``close()``.
final class TaskSet: Sendable {
    private struct State {
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var nextID: UInt64 = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    deinit {
        for task in state.withLock({ $0.tasks.values }) { task.cancel() }
    }

    /// Starts `body` unless the set is full or closed. Returns the task's number.
    @discardableResult
    func start(_ body: @escaping @Sendable () async -> Void) -> UInt64? {
        state.withLock { state in
            guard !state.isClosed, state.tasks.count < limit else { return nil }
            state.nextID += 1
            let id = state.nextID
            // Awaited by `close()`; ended by it, by `cancel(_:)`, or with this set.
            state.tasks[id] = Task { [weak self] in
                await body()
                self?.finished(id)
            }
            return id
        }
    }

    func cancel(_ id: UInt64) {
        state.withLock { $0.tasks[id] }?.cancel()
    }

    /// Takes no more tasks, cancels those that run and waits for them. A task of the set must not call this.
    func close() async {
        let tasks = state.withLock { state in
            state.isClosed = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func finished(_ id: UInt64) {
        state.withLock { _ = $0.tasks.removeValue(forKey: id) }
    }
}
