import InterlockConcurrency

/// The right counter: one call at a time from the reading to the writing.
public struct GuardedVisitCounter: VisitCounter {
    private let store: ValueStore
    private let mutex = AsyncMutex(name: "visits")

    public init(store: ValueStore) {
        self.store = store
    }

    public func visit() async throws {
        try await mutex.withLock {
            let visits = await store.value(for: "visits")
            await store.setValue(visits + 1, for: "visits")
        }
    }
}
