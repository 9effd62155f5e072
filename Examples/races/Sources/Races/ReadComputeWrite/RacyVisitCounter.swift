/// The wrong counter: it reads, adds one, and writes. What another call wrote in between is lost.
public struct RacyVisitCounter: VisitCounter {
    private let store: ValueStore

    public init(store: ValueStore) {
        self.store = store
    }

    public func visit() async throws {
        let visits = await store.value(for: "visits")
        await store.setValue(visits + 1, for: "visits")
    }
}
