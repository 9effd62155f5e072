import InterlockSimulation
import InterlockStorage
import Synchronization

/// Sessions in memory that count how often they are read, and wait or fail where a test says so.
final class WatchedSessions: SessionStore {
    private struct Faults: Sendable {
        var loads = 0
        var loadsNow = 0
        var mostLoads = 0
        var holdsLoads = false
        var holdsRemovals = false
        var failsLoads = false
        var failsRemovals = false
        var failsReplacements = false
        var saveFailure: StoreError?
    }

    private let base = InMemorySessionStore()
    private let faults = Mutex(Faults())
    /// Where reads wait, before they happen.
    let loading = Gate()
    /// Where removals wait, before they happen.
    let removing = Gate()

    /// Records read so far, found or not.
    var loads: Int { faults.withLock { $0.loads } }

    /// Reads that were under way at a time, at most.
    var mostLoads: Int { faults.withLock { $0.mostLoads } }

    func holdLoads() { faults.withLock { $0.holdsLoads = true } }
    func holdRemovals() { faults.withLock { $0.holdsRemovals = true } }
    func failLoads(_ fails: Bool) { faults.withLock { $0.failsLoads = fails } }
    func failRemovals(_ fails: Bool) { faults.withLock { $0.failsRemovals = fails } }
    func failReplacements(_ fails: Bool) { faults.withLock { $0.failsReplacements = fails } }
    func failSaves(_ failure: StoreError?) { faults.withLock { $0.saveFailure = failure } }

    private static let away = StoreError(.unavailable, "the store is away")

    func load(_ id: String) async throws -> SessionRecord? {
        let (isHeld, fails) = faults.withLock { faults in
            faults.loads += 1
            faults.loadsNow += 1
            faults.mostLoads = max(faults.mostLoads, faults.loadsNow)
            return (faults.holdsLoads, faults.failsLoads)
        }
        defer { faults.withLock { $0.loadsNow -= 1 } }
        if isHeld { try await loading.wait() }
        if fails { throw Self.away }
        return try await base.load(id)
    }

    func remove(_ id: String) async throws {
        let (isHeld, fails) = faults.withLock { ($0.holdsRemovals, $0.failsRemovals) }
        if isHeld { try await removing.wait() }
        if fails { throw Self.away }
        try await base.remove(id)
    }

    func save(_ record: SessionRecord) async throws {
        if let failure = faults.withLock({ $0.saveFailure }) { throw failure }
        try await base.save(record)
    }

    func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool {
        if faults.withLock({ $0.failsReplacements }) { throw Self.away }
        return try await base.replace(record, expecting: version)
    }

    func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool { try await base.create(record, within: quota) }
    func touch(_ id: String, at time: Int64) async throws { try await base.touch(id, at: time) }
    func count() async throws -> Int { try await base.count() }
    func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
        try await base.removeSessions(createdBefore: created, lastUsedBefore: used)
    }
}
