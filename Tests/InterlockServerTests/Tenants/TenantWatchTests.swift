import InterlockConcurrency
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import Synchronization
import Testing

@Suite("A tenant configuration in a store", .timeLimit(.minutes(5)))
struct TenantWatchTests {
    private static func json(weight: Int) -> [UInt8] { Array(#"{"tenants":{"acme":{"weight":\#(weight)}}}"#.utf8) }
    private static let away = StoreError(.unavailable, "away")

    // MARK: What a look means

    @Test("the table: a version is taken once, an outage is told once, and what was there before it is not taken again")
    func table() {
        var machine = TenantWatchStateMachine()
        let (one, two) = (StoredState(value: [1], version: 1), StoredState(value: [2], version: 2))
        let steps: [(Result<StoredState?, StoreError>, TenantWatchStateMachine.Action)] = [
            (.failure(Self.away), .lost(Self.away)), (.failure(Self.away), .nothing), (.success(nil), .missing), (.success(nil), .nothing),
            (.success(one), .take([1], version: 1)), (.success(one), .nothing), (.failure(Self.away), .lost(Self.away)), (.success(one), .found),
            (.success(one), .nothing), (.failure(Self.away), .lost(Self.away)), (.success(two), .take([2], version: 2)), (.success(nil), .missing),
            (.success(two), .take([2], version: 2)),
        ]
        for (index, (result, action)) in steps.enumerated() { #expect(machine.looked(result) == action, "step \(index)") }
    }

    @Test("in 500 random orders of changes and outages the last version that was seen is the last that was taken")
    func orders() {
        for seed in 0..<500 {
            var random = SeededRandom(seed: UInt64(seed))
            var machine = TenantWatchStateMachine()
            var (version, isAway, taken, isLost) = (UInt64(1), false, UInt64(0), false)
            for _ in 0..<40 {
                if Bool.random(using: &random) { version += 1 }
                isAway = Int.random(in: 0..<3, using: &random) == 0
                switch machine.looked(isAway ? .failure(Self.away) : .success(StoredState(value: [], version: version))) {
                case .take(_, let new):
                    #expect(new > taken)
                    taken = new
                    isLost = false
                case .lost:
                    #expect(!isLost)
                    isLost = true
                case .found:
                    #expect(isLost)
                    isLost = false
                case .nothing, .missing: break
                }
                if !isAway { #expect(taken == version && !isLost) }
            }
        }
    }

    // MARK: Instances

    @Test("what is put takes effect on every instance, without a word to any; control: an instance that does not look keeps what it had")
    func instances() async throws {
        let (store, clock) = (InMemoryStateStore(), ManualClock())
        let document = TenantDocument(store)
        let first = try #require(try await document.put(Self.json(weight: 2)))
        let watches = (0..<3).map { _ in TenantWatch(document, clock: clock) }
        for watch in watches {
            #expect(watch.directory.terms(of: "acme") == nil)
            try await watch.start()
            #expect(watch.directory.terms(of: "acme")?.policy.weight == 2)
        }
        let running = Task { await withDiscardingTaskGroup { group in for watch in watches[..<2] { group.addTask { await watch.run() } } } }
        while clock.pendingCount < 2 { await Task.yield() }
        let second = try #require(try await document.put(Self.json(weight: 7), replacing: first))
        #expect(second > first)
        #expect(try await document.put(Self.json(weight: 9), replacing: first) == nil, "somebody else was quicker")
        clock.advance(by: .seconds(2))
        while watches[..<2].contains(where: { $0.directory.terms(of: "acme")?.policy.weight != 7 }) { await Task.yield() }
        #expect(watches[2].directory.terms(of: "acme")?.policy.weight == 2)
        running.cancel()
        await running.value
    }

    @Test("a configuration that is not usable is not put; put by other means it changes nothing, and its reason is told until a good one comes")
    func broken() async throws {
        let store = InMemoryStateStore()
        let document = TenantDocument(store)
        _ = try await document.put(Self.json(weight: 2))
        await #expect(throws: TenantConfigurationError.self) { try await document.put(Array(#"{"tenants":{"acme":{"weight":0}}}"#.utf8)) }
        let watch = TenantWatch(document)
        try await watch.start()
        let states = TenantStates(directory: watch.directory)
        #expect(states.snapshot.configurationFailure == nil)
        for broken in [#"{"tenants":{"acme":{"wieght":3}}}"#, "{"] {
            _ = try await store.commit([StateChange(TenantDocument.defaultKey, expecting: .anything, value: Array(broken.utf8))])
            await watch.look()
            await watch.look()
            #expect(watch.directory.terms(of: "acme")?.policy.weight == 2)
            #expect(states.snapshot.configurationFailure?.contains("not usable") == true)
        }
        _ = try await store.commit([StateChange(TenantDocument.defaultKey, expecting: .anything, value: nil)])
        await watch.look()
        #expect(watch.directory.terms(of: "acme")?.policy.weight == 2)
        #expect(states.snapshot.configurationFailure?.contains("interlock tenants put") == true)
        _ = try await document.put(Self.json(weight: 5))
        await watch.look()
        #expect(watch.directory.terms(of: "acme")?.policy.weight == 5 && states.snapshot.configurationFailure == nil)
    }

    @Test("a store that does not answer changes nothing once there is a configuration; before, nobody can be served and the start fails")
    func outage() async throws {
        let store = SwitchedState()
        let watch = TenantWatch(TenantDocument(store))
        store.isDown.withLock { $0 = true }
        await #expect(throws: StoreError.self) { try await watch.start() }
        store.isDown.withLock { $0 = false }
        await #expect(throws: TenantConfigurationError.self) { try await TenantWatch(TenantDocument(store)).start() }
        _ = try await TenantDocument(store).put(Self.json(weight: 3))
        await watch.look()
        #expect(watch.directory.terms(of: "acme")?.policy.weight == 3)
        store.isDown.withLock { $0 = true }
        await watch.look()
        #expect(watch.directory.terms(of: "acme")?.policy.weight == 3 && watch.directory.lastFailure == nil)
    }
}

/// Values in memory, out of reach while a test says so.
private final class SwitchedState: StateStore {
    let isDown = Mutex(false)
    private let base = InMemoryStateStore()

    private func check() throws(StoreError) {
        if isDown.withLock({ $0 }) { throw StoreError(.unavailable, "switched off by the test") }
    }

    func load(_ keys: [String]) async throws(StoreError) -> [StoredState?] {
        try check()
        return try await base.load(keys)
    }

    func commit(_ changes: [StateChange]) async throws(StoreError) -> Bool {
        try check()
        return try await base.commit(changes)
    }
}
