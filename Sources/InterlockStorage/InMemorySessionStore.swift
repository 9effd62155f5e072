import Synchronization

/// Sessions in this process's memory, up to a number; the longest unused makes room for a new one.
public final class InMemorySessionStore: SessionStore {
    private let capacity: Int
    private let records = Mutex<[String: SessionRecord]>([:])

    /// - Parameter capacity: how many sessions are kept at most.
    public init(capacity: Int = 100_000) {
        precondition(capacity > 0, "InMemorySessionStore(capacity: \(capacity)): the capacity must be at least 1")
        self.capacity = capacity
    }

    public func save(_ record: SessionRecord) async throws {
        records.withLock { records in
            if records[record.id] == nil, records.count >= capacity, let oldest = records.values.min(by: { $0.lastUsedAt < $1.lastUsedAt }) {
                records[oldest.id] = nil
            }
            records[record.id] = record
        }
    }

    public func load(_ id: String) async throws -> SessionRecord? {
        records.withLock { $0[id] }
    }

    public func touch(_ id: String, at time: Int64) async throws {
        records.withLock { $0[id]?.lastUsedAt = time }
    }

    public func remove(_ id: String) async throws {
        records.withLock { _ = $0.removeValue(forKey: id) }
    }

    public func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
        records.withLock { records in
            let before = records.count
            records = records.filter { $0.value.createdAt >= created && $0.value.lastUsedAt >= used }
            return before - records.count
        }
    }

    public func count() async throws -> Int {
        records.withLock { $0.count }
    }
}
