/// Counters by name.
///
/// It locks nothing: adding is a read and a write of the store, and **the caller holds the lock of the counter it names**, as
/// `exclusive` does where the tools are declared. What has begun is finished even if its task is cancelled.
struct Counters: Sendable {
    /// The largest value, so that every JSON reader gets it exactly: 2^53 − 1.
    static let maximumValue = 9_007_199_254_740_991

    private let store: any CounterStore
    private let maximumCounters: Int

    /// - Parameter maximumCounters: how many there may be, which bounds what clients can make the server remember.
    init(store: any CounterStore = InMemoryCounterStore(), maximumCounters: Int = 100_000) {
        self.store = store
        self.maximumCounters = maximumCounters
    }

    /// Adds to a counter, which begins at 0, and returns what it stands at then.
    func increment(_ name: String, by step: Int) async throws -> Int {
        let value = await store.value(of: name)
        if value == nil {
            guard await store.count() < maximumCounters else {
                throw CounterError(message: "All \(maximumCounters) counters of this server are in use; use one that exists.")
            }
        }
        let sum = (value ?? 0) + step
        guard sum <= Self.maximumValue else { throw CounterError(message: "The counter '\(name)' cannot go beyond \(Self.maximumValue).") }
        // interlock:allow stale-state because the tool is exclusive by counter; the unsafe demonstration shows it without
        await store.set(sum, for: name)
        return sum
    }

    /// What a counter stands at: 0 if nobody has counted with it.
    func value(of name: String) async -> Int {
        await store.value(of: name) ?? 0
    }
}

/// Why nothing was counted.
struct CounterError: ModelReadable, CustomStringConvertible {
    var message: String
    var description: String { message }
}
