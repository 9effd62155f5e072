import InterlockConcurrency
import InterlockSimulation
@testable import InterlockSQLite
import InterlockStorage
import Testing

@Suite("Rates in a SQLite file that another process holds", .timeLimit(.minutes(5)))
struct SQLiteRateBudgetTests {
    private static let limits = [RateLimit(3, per: .seconds(600))]
    private static let budget = Duration.milliseconds(50)
    private static let places = 1_000

    private func stores(_ path: String, _ clock: ManualClock, budget: Duration = budget, hasBreaker: Bool = true) throws -> SQLiteStores {
        var configuration = SQLiteStores.Configuration()
        configuration.rateBudget = budget
        if !hasBreaker { configuration.rateBreaker = nil }
        return try SQLiteStores(path: path, configuration: configuration, clock: clock)
    }

    /// What is decided when the clock goes on by the budget while the file is held: an error, unless the budget is longer.
    private func wait(_ stores: SQLiteStores, _ clock: ManualClock, key: String = "k") async throws -> Result<RateDecision, StoreError> {
        async let decision = outcome(stores, key)
        try await clock.waitForPending(1)
        clock.advance(by: Self.budget)
        return await decision
    }

    private func outcome(_ stores: SQLiteStores, _ key: String = "k") async -> Result<RateDecision, StoreError> {
        do throws(StoreError) { return .success(try await stores.rates.take(1, from: key, limits: Self.limits)) } catch { return .failure(error) }
    }

    @Test("a decision is given up when its budget is over, is charged to nobody, is no outage by itself, and the next one works when the file is free")
    func budget() async throws {
        let folder = try TemporaryFolder()
        let (path, clock) = (folder.file("stores.sqlite"), ManualClock())
        let (stores, holder) = (try stores(path, clock), try FileHolder(path))
        #expect(try await stores.rates.take(1, from: "k", limits: Self.limits).remaining == 2)
        try await holder.hold()
        async let late = outcome(stores)
        try await clock.waitForPending(1)
        clock.advance(by: Self.budget - .milliseconds(1))
        #expect(clock.pendingCount == 1) // still waits
        clock.advance(by: .milliseconds(1))
        guard case .failure(let error) = await late else { throw TestFailure() }
        #expect(error.code == .unavailable && error.outage == .timeout && error.message.contains(path))
        #expect(stores.health.outage == nil && stores.health.failures == 1)
        try await holder.letGo()
        #expect(try await stores.rates.take(1, from: "k", limits: Self.limits).remaining == 1)
    }

    @Test("slow decisions among many that are not are no outage, however many there are; half of all are one, until a probe has come back")
    func slowOnes() async throws {
        let folder = try TemporaryFolder()
        let (path, clock) = (folder.file("stores.sqlite"), ManualClock())
        let (stores, holder) = (try stores(path, clock), try FileHolder(path))
        func slow() async throws {
            try await holder.hold()
            await #expect(throws: StoreError.self) { try await wait(stores, clock).get() }
            try await holder.letGo()
        }
        for round in 0..<20 {
            for _ in 0..<2 { _ = try await outcome(stores).get() }
            try await slow()
            #expect(stores.health.outage == nil, "round \(round)")
        }
        clock.advance(by: .seconds(2)) // the window is empty
        for _ in 0..<5 { try await slow() }
        #expect(stores.health.outage == StoreOutage(.timeout, since: clock.wallTime))
        await #expect(throws: StoreError.self) { try await outcome(stores).get() } // kept away, although the file is free
        clock.advance(by: .seconds(1))
        _ = try await outcome(stores).get()
        #expect(stores.health.outage == nil)
    }

    @Test("the control: with a longer budget the caller waits on, and is served when the file is free")
    func longBudget() async throws {
        let folder = try TemporaryFolder()
        let (path, clock) = (folder.file("stores.sqlite"), ManualClock())
        let (stores, holder) = (try stores(path, clock, budget: .seconds(5)), try FileHolder(path))
        try await holder.hold()
        async let patient = outcome(stores)
        try await clock.waitForPending(1)
        clock.advance(by: Self.budget)
        #expect(clock.pendingCount == 1)
        try await holder.letGo()
        #expect(try await patient.get().isAllowed)
    }

    @Test("after five that were given up callers wait for nothing, one a second finds out, and a free file serves again; without a breaker each one waits", arguments: [true, false])
    func breaker(hasBreaker: Bool) async throws {
        let folder = try TemporaryFolder()
        let (path, clock) = (folder.file("stores.sqlite"), ManualClock())
        let (stores, holder) = (try stores(path, clock, hasBreaker: hasBreaker), try FileHolder(path))
        try await holder.hold()
        for _ in 0..<5 { await #expect(throws: StoreError.self) { try await wait(stores, clock).get() } }
        let opened = StoreOutage(.timeout, since: clock.wallTime - (hasBreaker ? 0 : 4 * 50)) // without a breaker since the first
        #expect(stores.health.outage == opened)
        // The sixth: nothing of it is on the clock when it is kept away.
        async let sixth = outcome(stores)
        if !hasBreaker {
            try await clock.waitForPending(1)
            clock.advance(by: Self.budget)
        }
        guard case .failure(let error) = await sixth else { throw TestFailure() }
        #expect(((error.cause as? AcquireError)?.code == .circuitOpen) == hasBreaker)
        #expect(error.code == .unavailable && error.outage == .timeout && stores.health.outage == opened)
        guard hasBreaker else { return try await holder.letGo() }

        clock.advance(by: .seconds(1))
        async let probe = outcome(stores)
        try await clock.waitForPending(1)
        for _ in 0..<20 { await #expect(throws: StoreError.self) { try await outcome(stores).get() } } // kept away while one tries
        #expect(clock.pendingCount == 1)
        try await holder.letGo()
        #expect(try await probe.get().isAllowed)
        #expect(try await outcome(stores).get().isAllowed && stores.health.outage == nil)
    }

    @Test("so many wait at once and no more: the next one is told at once")
    func bound() async throws {
        let folder = try TemporaryFolder()
        let (path, clock) = (folder.file("stores.sqlite"), ManualClock())
        let (stores, holder) = (try stores(path, clock, hasBreaker: false), try FileHolder(path))
        try await holder.hold()
        let failures = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<Self.places { group.addTask { if case .failure = await outcome(stores) { true } else { false } } }
            try await clock.waitForPending(Self.places)
            guard case .failure(let error) = await outcome(stores) else { throw TestFailure() }
            #expect(error.message.contains("\(Self.places) transactions wait"))
            clock.advance(by: Self.budget)
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == Self.places)
        try await holder.letGo()
    }

    @Test("a caller that goes away is told so, and it says nothing of the file")
    func cancellation() async throws {
        let folder = try TemporaryFolder()
        let (path, clock) = (folder.file("stores.sqlite"), ManualClock())
        let (stores, holder) = (try stores(path, clock), try FileHolder(path))
        try await holder.hold()
        let caller = Task { await outcome(stores) } // awaited below
        try await clock.waitForPending(1)
        caller.cancel()
        guard case .failure(let error) = await caller.value else { throw TestFailure() }
        #expect(error.cause is CancellationError && stores.health.outage == nil && clock.pendingCount == 0)
        try await holder.letGo()
    }

    @Test("a budget of nothing is refused")
    func noBudget() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("stores.sqlite")
        #expect(throws: StoreError.self) { try stores(path, ManualClock(), budget: .zero) }
    }

    private struct TestFailure: Error {}
}
