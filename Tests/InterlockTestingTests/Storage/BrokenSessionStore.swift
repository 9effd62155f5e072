import InterlockJSON
import InterlockStorage
import InterlockTesting
import Synchronization
import Testing

/// A session store with one deliberate defect, and the check that must find it.
struct BrokenSessionStore: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The beginning of the check's name.
    var check: String
    var underTest: SessionStoreUnderTest

    init(_ name: String, foundBy check: String, _ defect: FaultySessions) {
        testDescription = name
        self.check = check
        underTest = SessionStoreUnderTest(
            name: name, make: { Store(defect.isUnbounded ? .max : $0, defect) },
            reopen: { defect.forgetsAtRestart ? Store(.max, defect) : $0 })
    }

    /// What is wrong; the defaults are sound.
    struct FaultySessions: Sendable {
        var save: @Sendable (inout [String: SessionRecord], SessionRecord) -> Void = { $0[$1.id] = $1 }
        var key: @Sendable ([String: SessionRecord], String) -> String? = { table, id in table[id].flatMap { $0.id.utf8.elementsEqual(id.utf8) ? id : nil } }
        var touch: @Sendable (inout SessionRecord, Int64) -> Void = { $0.lastUsedAt = max($0.lastUsedAt, $1) }
        var touchMakes = false
        var expires: @Sendable (SessionRecord, Int64, Int64) -> Bool = { $0.createdAt < $1 || $0.lastUsedAt < $2 }
        var victim: @Sendable ([String: SessionRecord], SessionRecord) -> String? = { table, new in
            table.values.filter { $0.id != new.id }.min { $0.lastUsedAt < $1.lastUsedAt }?.id
        }
        var replaces: @Sendable (_ current: SessionRecord?, _ version: Int64) -> Bool = { $0 != nil && $0?.version == $1 }
        /// Whether a record with a tenant may be made beside those that are there; `made` is how many its tenant ever had.
        var hasRoom: @Sendable (_ table: [String: SessionRecord], _ record: SessionRecord, _ quota: SessionQuota, _ made: Int) -> Bool = { table, record, quota, _ in
            let others = table.values.count { other in
                other.id != record.id && other.tenant?.utf8.elementsEqual((record.tenant ?? "").utf8) == true
                    && other.createdAt >= quota.createdSince && other.lastUsedAt >= quota.usedSince
            }
            return others < quota.maximum ?? .max
        }
        var makesRefused = false
        var countsThenMakes = false
        var countsReplacement = false
        var isUnbounded = false
        var forgetsAtRestart = false
        var keepsRemoved = false
    }

    final class Store: SessionStore {
        private let capacity: Int
        private let defect: FaultySessions
        private let table = Mutex<[String: SessionRecord]>([:])
        private let made = Mutex<[String: Int]>([:])

        init(_ capacity: Int, _ defect: FaultySessions) {
            self.capacity = capacity
            self.defect = defect
        }

        func save(_ record: SessionRecord) async throws {
            table.withLock { table in
                let isNew = table[record.id] == nil
                if isNew || defect.countsReplacement, table.count >= capacity, let victim = defect.victim(table, record) { table[victim] = nil }
                defect.save(&table, record)
                if table.count > capacity, let victim = defect.victim(table, record) { table[victim] = nil }
            }
        }

        func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool {
            guard let tenant = record.tenant else {
                try await save(record)
                return true
            }
            let made = made.withLock { made in
                defer { made[tenant, default: 0] += 1 }
                return made[tenant] ?? 0
            }
            if defect.countsThenMakes {
                guard table.withLock({ defect.hasRoom($0, record, quota, made) }) else { return false }
                await Task.yield()
                try await save(record)
                return true
            }
            return table.withLock { table in
                let hasRoom = defect.hasRoom(table, record, quota, made)
                if hasRoom || defect.makesRefused { defect.save(&table, record) }
                return hasRoom
            }
        }

        func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool {
            table.withLock { table in
                guard defect.replaces(table[record.id], version) else { return false }
                var record = record
                record.lastUsedAt = max(record.lastUsedAt, table[record.id]?.lastUsedAt ?? 0)
                table[record.id] = record
                return true
            }
        }

        func load(_ id: String) async throws -> SessionRecord? {
            table.withLock { table in defect.key(table, id).flatMap { table[$0] } }
        }

        func touch(_ id: String, at time: Int64) async throws {
            table.withLock { table in
                if let key = defect.key(table, id), var record = table[key] {
                    defect.touch(&record, time)
                    table[key] = record
                } else if defect.touchMakes {
                    table[id] = SessionRecord(
                        id: id, revision: "", principal: nil, clientInfo: nil, clientCapabilities: .emptyObject, createdAt: time, lastUsedAt: time)
                }
            }
        }

        func remove(_ id: String) async throws {
            if defect.keepsRemoved { return }
            table.withLock { table in if let key = defect.key(table, id) { table[key] = nil } }
        }

        func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
            table.withLock { table in
                let before = table.count
                table = table.filter { !defect.expires($0.value, created, used) }
                return before - table.count
            }
        }

        func count() async throws -> Int { table.withLock { $0.count } }
    }
}
