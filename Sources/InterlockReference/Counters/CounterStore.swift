import Synchronization

/// Where counters are kept.
///
/// Each operation is complete in itself and suspends its caller, as a call across a network would.
protocol CounterStore: Sendable {
    /// How many counters there are.
    func count() async -> Int
    /// What a counter stands at; `nil` if nobody has counted with it.
    func value(of name: String) async -> Int?
    /// Makes the counter or replaces its value.
    func set(_ value: Int, for name: String) async
}

/// Counters in memory, behind a suspension before every operation.
final class InMemoryCounterStore: CounterStore {
    private let values = Mutex<[String: Int]>([:])

    func count() async -> Int {
        await Task.yield()
        return values.withLock { $0.count }
    }

    func value(of name: String) async -> Int? {
        await Task.yield()
        return values.withLock { $0[name] }
    }

    func set(_ value: Int, for name: String) async {
        await Task.yield()
        values.withLock { $0[name] = value }
    }
}
