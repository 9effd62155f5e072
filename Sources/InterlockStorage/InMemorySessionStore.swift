internal import InterlockJSON
import Synchronization

/// Sessions in this process's memory, up to a number; the longest unused makes room for a new one.
public final class InMemorySessionStore: SessionStore {
    private let capacity: Int
    /// By the bytes of the id: one that merely reads the same finds nothing.
    private let records = Mutex<[ExactName: SessionRecord]>([:])

    /// - Parameter capacity: how many sessions are kept at most.
    public init(capacity: Int = 100_000) {
        precondition(capacity > 0, "InMemorySessionStore(capacity: \(capacity)): the capacity must be at least 1")
        self.capacity = capacity
    }

    public func save(_ record: SessionRecord) async throws {
        records.withLock { records in
            let id = ExactName(text: record.id)
            if records[id] == nil, records.count >= capacity, let oldest = records.min(by: { $0.value.lastUsedAt < $1.value.lastUsedAt })?.key {
                records[oldest] = nil
            }
            records[id] = record
        }
    }

    public func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool {
        records.withLock { records in
            let id = ExactName(text: record.id)
            guard let current = records[id], current.version == version else { return false }
            var record = record
            record.lastUsedAt = max(record.lastUsedAt, current.lastUsedAt)
            records[id] = record
            return true
        }
    }

    public func load(_ id: String) async throws -> SessionRecord? {
        records.withLock { $0[ExactName(text: id)] }
    }

    public func touch(_ id: String, at time: Int64) async throws {
        records.withLock { records in
            let id = ExactName(text: id)
            guard let record = records[id] else { return }
            records[id]?.lastUsedAt = max(record.lastUsedAt, time)
        }
    }

    public func remove(_ id: String) async throws {
        records.withLock { _ = $0.removeValue(forKey: ExactName(text: id)) }
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
