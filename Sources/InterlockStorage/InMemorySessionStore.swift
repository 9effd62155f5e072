internal import InterlockJSON
import Synchronization

/// Sessions in this process's memory, up to a number; the longest unused makes room for a new one.
public final class InMemorySessionStore: SessionStore {
    private let capacity: Int
    private let table = Mutex(SessionTable())

    /// - Parameter capacity: how many sessions are kept at most.
    public init(capacity: Int = 100_000) {
        precondition(capacity > 0, "InMemorySessionStore(capacity: \(capacity)): the capacity must be at least 1")
        self.capacity = capacity
    }

    public func save(_ record: SessionRecord) async throws {
        table.withLock { $0.put(record, capacity: capacity) }
    }

    public func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool {
        table.withLock { table in
            guard table.hasRoom(for: record, within: quota) else { return false }
            table.put(record, capacity: capacity)
            return true
        }
    }

    public func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool {
        table.withLock { table in
            guard let current = table[record.id], current.version == version else { return false }
            var record = record
            record.lastUsedAt = max(record.lastUsedAt, current.lastUsedAt)
            table.put(record, capacity: capacity)
            return true
        }
    }

    public func load(_ id: String) async throws -> SessionRecord? {
        table.withLock { $0[id] }
    }

    public func touch(_ id: String, at time: Int64) async throws {
        table.withLock { $0.touch(id, at: time) }
    }

    public func remove(_ id: String) async throws {
        table.withLock { $0.remove(id) }
    }

    public func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
        table.withLock { $0.removeAll { $0.createdAt < created || $0.lastUsedAt < used } }
    }

    public func count() async throws -> Int {
        table.withLock { $0.count }
    }
}
