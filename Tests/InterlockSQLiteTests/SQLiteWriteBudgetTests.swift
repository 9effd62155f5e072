import GRDB
import InterlockConcurrency
import InterlockSimulation
@testable import InterlockSQLite
import InterlockStorage
import Testing

@Suite("Sessions, state, claims and leases in a SQLite file that another process holds", .timeLimit(.minutes(5)))
struct SQLiteWriteBudgetTests {
    /// Every write of a call that can be refused.
    enum Request: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case save, create, replace, touch, commit, claim, acquire, renew

        var testDescription: String { rawValue }
    }

    /// Every write that must not be lost.
    enum Settlement: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case finish, abandon, remove, release

        var testDescription: String { rawValue }
    }

    private static let budget = Duration.milliseconds(500)

    /// Stores with something in each, their clock, and who can hold their file.
    private struct Bench {
        let stores: SQLiteStores
        let clock = ManualClock()
        let holder: FileHolder
        let lease: Lease
        let token: UInt64 = 7

        init(_ path: String, hasBreaker: Bool = true) async throws {
            var configuration = SQLiteStores.Configuration()
            if !hasBreaker { configuration.writeBreaker = nil }
            stores = try SQLiteStores(path: path, configuration: configuration, clock: clock)
            holder = try FileHolder(path)
            try await stores.sessions.save(.fixture("s"))
            lease = try #require(try await stores.leases.acquire("l", limit: 1, duration: .seconds(600)))
            #expect(try await stores.idempotency.claim("c", token: token, fingerprint: "f", holdingFor: .seconds(600), keepingFor: .seconds(600)) == .claimed)
            clock.advance(by: .seconds(10)) // what went well is out of the breakers' sight
        }

        func make(_ request: Request) async throws {
            switch request {
            case .save: try await stores.sessions.save(.fixture("new"))
            case .create: _ = try await stores.sessions.create(.fixture("new"), within: SessionQuota(maximum: nil, createdSince: 0, usedSince: 0))
            case .replace: _ = try await stores.sessions.replace(.fixture("s"), expecting: 0)
            case .touch: try await stores.sessions.touch("s", at: 9_000_000_000_000)
            case .commit: _ = try await stores.state.commit([StateChange("k", expecting: .anything, value: [1])])
            case .claim: _ = try await stores.idempotency.claim("new", token: 9, fingerprint: "f", holdingFor: .seconds(9), keepingFor: .seconds(9))
            case .acquire: _ = try await stores.leases.acquire("new", limit: 1, duration: .seconds(9))
            case .renew: _ = try await stores.leases.renew(lease, duration: .seconds(9))
            }
        }

        func make(_ settlement: Settlement) async throws {
            switch settlement {
            case .finish: try await stores.idempotency.finish("c", token: token, result: [7], keepingFor: .seconds(600))
            case .abandon: try await stores.idempotency.abandon("c", token: token)
            case .remove: try await stores.sessions.remove("s")
            case .release: try await stores.leases.release(lease)
            }
        }

        func claimAgain() async throws -> IdempotencyClaim {
            try await stores.idempotency.claim("c", token: token + 1, fingerprint: "f", holdingFor: .seconds(9), keepingFor: .seconds(9))
        }

        /// What a write is told.
        func outcome(_ body: () async throws -> Void) async throws -> StoreError? {
            do {
                try await body()
                return nil
            } catch let error as StoreError {
                return error
            }
        }

        /// What a request is told when the clock goes on by its budget.
        func wait(_ request: Request) async throws -> StoreError? {
            async let told = outcome { try await make(request) }
            try await clock.waitForPending(1)
            clock.advance(by: SQLiteWriteBudgetTests.budget)
            return try await told
        }

        /// Everything that is in the stores, to compare.
        var contents: [String] {
            get async throws {
                let records = ["\(try await stores.sessions.load("s") as Any)", "\(try await stores.sessions.load("new") as Any)"]
                let rows = try await stores.file.read("looking") { db in
                    try [
                        "SELECT quote(key) || version FROM state", "SELECT quote(key) || ifnull(heldUntil, 'done') FROM idempotency",
                        "SELECT quote(key) || expiresAt FROM lease",
                    ].flatMap { try String.fetchAll(db, sql: $0) }
                }
                return records + rows
            }
        }
    }

    @Test(
        "each write is given up when its budget is over: its caller is told why, nothing is changed, and the file counts as well",
        arguments: Request.allCases)
    func budget(request: Request) async throws {
        let folder = try TemporaryFolder()
        let bench = try await Bench(folder.file("stores.sqlite"))
        let before = try await bench.contents
        try await bench.holder.hold()
        async let late = bench.outcome { try await bench.make(request) }
        try await bench.clock.waitForPending(1)
        bench.clock.advance(by: Self.budget - .milliseconds(1))
        #expect(bench.clock.pendingCount == 1) // still waits
        bench.clock.advance(by: .milliseconds(1))
        let error = try #require(try await late)
        #expect(error.code == .unavailable && error.outage == .timeout && error.message.contains(bench.stores.file.path))
        #expect(bench.stores.health.outage == nil && bench.stores.health.failures == 1)
        try await bench.holder.letGo()
        // Whoever comes next has its turn after the one that was given up.
        _ = try await bench.stores.state.commit([])
        try await bench.stores.leases.release(Lease(key: "none", id: "none", fence: 0))
        #expect(try await bench.contents == before)
        #expect(try await bench.outcome { try await bench.make(request) } == nil)
    }

    @Test(
        "after five that were given up a caller waits for nothing and the file counts as degraded; one a second finds out; without a breaker each waits",
        arguments: [true, false])
    func breaker(hasBreaker: Bool) async throws {
        let folder = try TemporaryFolder()
        let bench = try await Bench(folder.file("stores.sqlite"), hasBreaker: hasBreaker)
        let (clock, stores) = (bench.clock, bench.stores)
        try await bench.holder.hold()
        for request in [Request.save, .commit, .claim, .acquire] {
            #expect(try await bench.wait(request)?.outage == .timeout)
            #expect((stores.health.outage == nil) == hasBreaker, "\(request): fewer than five are no outage, where a breaker judges")
        }
        #expect(try await bench.wait(.renew)?.outage == .timeout)
        let opened = StoreOutage(.timeout, since: clock.wallTime - (hasBreaker ? 0 : 2_000)) // without a breaker since the first
        #expect(stores.health.outage == opened)
        guard hasBreaker else {
            #expect(try await bench.wait(.touch)?.outage == .timeout)
            return try await bench.holder.letGo()
        }
        // Nothing of it is on the clock when it is kept away.
        let kept = try #require(try await bench.outcome { try await bench.make(.commit) })
        #expect(kept.code == .unavailable && kept.outage == .timeout && (kept.cause as? AcquireError)?.code == .circuitOpen)
        #expect(stores.health.breaker == .open && stores.health.refused == 1)

        clock.advance(by: .seconds(1))
        async let probe = bench.outcome { try await bench.make(.commit) }
        try await clock.waitForPending(1)
        #expect(stores.health.outage == StoreOutage(.breakerOpen, since: opened.since)) // while one finds out
        try await bench.holder.letGo()
        #expect(try await probe == nil && stores.health.outage == nil && stores.health.breaker == .closed)
        #expect(try await bench.outcome { try await bench.make(.save) } == nil)
    }

    @Test("rates and other writes are judged apart: a file that is too slow for a rate keeps no session away")
    func apart() async throws {
        let folder = try TemporaryFolder()
        let bench = try await Bench(folder.file("stores.sqlite"))
        try await bench.holder.hold()
        for _ in 0..<5 {
            async let late = bench.outcome { _ = try await bench.stores.rates.take(1, from: "r", limits: [RateLimit(9, per: .seconds(1))]) }
            try await bench.clock.waitForPending(1)
            bench.clock.advance(by: .milliseconds(50))
            #expect(try await late?.outage == .timeout)
        }
        #expect(bench.stores.health.outage?.reason == .timeout)
        async let save = bench.outcome { try await bench.make(.save) }
        try await bench.clock.waitForPending(1) // waits, and is not kept away
        try await bench.holder.letGo()
        #expect(try await save == nil)
    }

    @Test("what settles a call waits five seconds, also while other writes are kept away, and is done when the file is free", arguments: Settlement.allCases)
    func settlement(settlement: Settlement) async throws {
        let folder = try TemporaryFolder()
        let bench = try await Bench(folder.file("stores.sqlite"))
        try await bench.holder.hold()
        for _ in 0..<5 { #expect(try await bench.wait(.save) != nil) }
        async let settled = bench.outcome { try await bench.make(settlement) }
        try await bench.clock.waitForPending(1)
        bench.clock.advance(by: .milliseconds(4_999))
        #expect(bench.clock.pendingCount == 1)
        try await bench.holder.letGo()
        #expect(try await settled == nil)
        switch settlement {
        case .finish: #expect(try await bench.claimAgain() == .finished([7]))
        case .abandon: #expect(try await bench.claimAgain() == .claimed)
        case .remove: #expect(try await bench.stores.sessions.load("s") == nil)
        case .release: #expect(try await bench.stores.leases.acquire("l", limit: 1, duration: .seconds(9)) != nil)
        }
    }

    @Test("what waited five seconds in vain is told so, and has seen by itself that the file is held", arguments: Settlement.allCases)
    func settledInVain(settlement: Settlement) async throws {
        let folder = try TemporaryFolder()
        let bench = try await Bench(folder.file("stores.sqlite"))
        try await bench.holder.hold()
        async let settled = bench.outcome { try await bench.make(settlement) }
        try await bench.clock.waitForPending(1)
        bench.clock.advance(by: .seconds(5))
        #expect(try await settled?.code == .unavailable)
        #expect(bench.stores.health.outage == StoreOutage(.timeout, since: bench.clock.wallTime))
        try await bench.holder.letGo()
        #expect(try await bench.outcome { try await bench.make(.save) } == nil && bench.stores.health.outage == nil)
    }

    @Test("whoever waits behind others waits no longer for it: ten at once are told when the budget of one is over")
    func together() async throws {
        let folder = try TemporaryFolder()
        let bench = try await Bench(folder.file("stores.sqlite"))
        try await bench.holder.hold()
        let told = try await withThrowingTaskGroup(of: StoreError?.self) { group -> [StoreError?] in
            for _ in 0..<10 { group.addTask { try await bench.outcome { try await bench.make(.save) } } }
            try await bench.clock.waitForPending(10)
            bench.clock.advance(by: Self.budget)
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(told.count { $0?.outage == .timeout } == 10)
        try await bench.holder.letGo()
    }

    @Test("reading waits for nobody, also while writes are kept away")
    func readers() async throws {
        let folder = try TemporaryFolder()
        let bench = try await Bench(folder.file("stores.sqlite"))
        try await bench.holder.hold()
        for _ in 0..<5 { #expect(try await bench.wait(.save) != nil) }
        #expect(try await bench.stores.sessions.load("s") != nil)
        #expect(try await bench.stores.state.load(["k"]) == [nil])
        try await bench.holder.letGo()
    }

    @Test("a breaker that nobody has asked for ten seconds is no outage any more: nobody knows")
    func forgotten() async throws {
        let folder = try TemporaryFolder()
        let bench = try await Bench(folder.file("stores.sqlite"))
        try await bench.holder.hold()
        for _ in 0..<5 { #expect(try await bench.wait(.save) != nil) }
        try await bench.holder.letGo()
        bench.clock.advance(by: .seconds(9))
        #expect(bench.stores.health.outage?.reason == .timeout)
        bench.clock.advance(by: .seconds(1))
        #expect(bench.stores.health.outage == nil)
    }

    @Test("so is one whose probe was given up by its caller, which says nothing of the file")
    func forgottenProbe() async throws {
        let folder = try TemporaryFolder()
        let bench = try await Bench(folder.file("stores.sqlite"))
        try await bench.holder.hold()
        for _ in 0..<5 { #expect(try await bench.wait(.save) != nil) }
        bench.clock.advance(by: .seconds(1))
        let probe = Task { try await bench.outcome { try await bench.make(.save) } }
        try await bench.clock.waitForPending(1)
        probe.cancel()
        #expect(try await probe.value?.cause is CancellationError)
        try await bench.holder.letGo()
        #expect(bench.stores.health.outage?.reason == .breakerOpen)
        bench.clock.advance(by: .seconds(10))
        #expect(bench.stores.health.outage == nil)
    }

    @Test("a longer wait is one for all: ten times as long for other writes as for rates, and what must not be lost waits no less")
    func waits() {
        var configuration = SQLiteStores.Configuration()
        configuration.wait(atMost: .milliseconds(80))
        #expect(configuration.rateBudget == .milliseconds(80) && configuration.writeBudget == .milliseconds(800) && configuration.busyTimeout == .seconds(5))
        configuration.wait(atMost: .seconds(2))
        #expect(configuration.writeBudget == .seconds(20) && configuration.busyTimeout == .seconds(20))
    }
}
