import InterlockStorage
import Synchronization

/// A store that gives no answer while it is told to fail.
final class FailingStateStore: StateStore {
    let fails = Atomic<Bool>(false)
    private let store = InMemoryStateStore()

    func load(_ keys: [String]) async throws(StoreError) -> [StoredState?] {
        try check()
        return try await store.load(keys)
    }

    func commit(_ changes: [StateChange]) async throws(StoreError) -> Bool {
        try check()
        return try await store.commit(changes)
    }

    private func check() throws(StoreError) {
        if fails.load(ordering: .relaxed) { throw StoreError(.unavailable, "out of reach") }
    }
}
