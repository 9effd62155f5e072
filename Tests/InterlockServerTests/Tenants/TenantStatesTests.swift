import InterlockConcurrency
import InterlockServer
import InterlockSimulation
import InterlockStorage
import Logging
import Testing

@Suite("What tenants use")
struct TenantStatesTests {
    private let clock = ManualClock()

    private func states(_ policy: (inout TenantPolicy) -> Void, limiter: GroupLimiter<UInt64>? = nil, store: (any RateLimitStore)? = nil, maximum: Int = 10_000)
        -> TenantStates
    {
        var terms = TenantPolicy()
        policy(&terms)
        let configuration = TenantConfiguration(defaults: terms, unknownTenants: .defaults)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return TenantStates(
            directory: TenantDirectory(configuration), limiter: limiter, store: store, maximumTenants: maximum, clock: clock, logger: logger)
    }

    @Test("charges a tool its cost once, whatever the head said", arguments: [
        (TenantCharge.nothing, 10), (.request, 9), (.whole, 0),
    ])
    func charge(charge: TenantCharge, units: Int) {
        let states = states { policy in
            policy.rateLimits = [RateLimit(1, per: .seconds(1), burst: 20)]
            policy.toolCosts = ["big": 10]
        }
        #expect(states.take(tenant: "a", tool: "big", charge: charge).reason == nil)
        var left = 0
        while states.take(tenant: "a", tool: nil, charge: .nothing).reason == nil { left += 1 }
        #expect(left == 20 - units)
    }

    @Test("limits single tools beside the tenant, and charges neither when one refuses")
    func tools() {
        let states = states { policy in
            policy.rateLimits = [RateLimit(1, per: .seconds(60), burst: 5)]
            policy.toolRateLimits = ["slow": [RateLimit(1, per: .seconds(60), burst: 3)]]
        }
        for _ in 0..<3 { #expect(states.take(tenant: "a", tool: "slow", charge: .nothing).reason == nil) }
        for _ in 0..<5 { #expect(states.take(tenant: "a", tool: "slow", charge: .nothing).reason == .overToolLimit) }
        #expect(states.take(tenant: "a", tool: "fast", charge: .nothing).reason == nil)
        #expect(states.take(tenant: "a", tool: "fast", charge: .nothing).reason == nil)
        #expect(states.take(tenant: "a", tool: "fast", charge: .nothing).reason == .overTenantLimit)
        clock.advance(by: .seconds(60))
        #expect(states.take(tenant: "a", tool: "fast", charge: .nothing).reason == nil)
        #expect(states.take(tenant: "a", tool: "slow", charge: .nothing).reason == .overTenantLimit)
        clock.advance(by: .seconds(60))
        #expect(states.take(tenant: "a", tool: "slow", charge: .nothing).reason == nil)
        #expect(states.take(tenant: "b", tool: "slow", charge: .nothing).reason == nil)
    }

    @Test("holds all windows of a tenant at once")
    func windows() {
        let states = states { $0.rateLimits = [RateLimit(10, per: .seconds(1)), RateLimit(15, per: .seconds(3_600))] }
        var allowed = 0
        for _ in 0..<10 {
            while states.take(tenant: "a", tool: nil, charge: .nothing).reason == nil { allowed += 1 }
            clock.advance(by: .seconds(1))
        }
        #expect(allowed == 15)
    }

    @Test("counts sessions and bytes up to their limits, and gives them back")
    func counters() {
        let states = states { policy in
            policy.maximumSessions = 2
            policy.maximumPendingBytes = 100
        }
        #expect(states.openSession(of: "a"))
        #expect(states.openSession(of: "a"))
        #expect(!states.openSession(of: "a"))
        #expect(states.openSession(of: "b"))
        states.closeSession(of: "a")
        #expect(states.openSession(of: "a"))
        #expect(states.sessionCount(of: "a") == 2)
        for _ in 0..<3 { #expect(states.openSession(of: "a", isBounded: false), "what a store counts is not bounded here, and takes no place") }
        states.closeSession(of: "a", isBounded: false)
        #expect(!states.openSession(of: "a"))
        #expect(states.sessionCount(of: "a") == 4)
        #expect(states.charge(60, to: "a"))
        #expect(!states.charge(60, to: "a"))
        #expect(states.charge(40, to: "a"))
        states.refund(60, to: "a")
        #expect(states.pendingBytes(of: "a") == 40)
    }

    @Test("keeps at most its bound of tenants: idle ones go first, held ones never")
    func bound() {
        let states = states({ _ in }, maximum: 3)
        #expect(states.openSession(of: "held"))
        for index in 0..<50 {
            #expect(states.take(tenant: "t\(index)", tool: nil, charge: .nothing).reason == nil)
            clock.advance(by: .seconds(1))
        }
        #expect(states.snapshot.tenants == 3)
        #expect(states.snapshot.evictedIdle == 48)
        #expect(states.sessionCount(of: "held") == 1)
        for tenant in ["x", "y"] { #expect(states.openSession(of: tenant)) }
        #expect(!states.openSession(of: "z"))
        #expect(states.take(tenant: "z", tool: nil, charge: .nothing).reason == .tooManyTenants)
        #expect(states.take(tenant: "held", tool: nil, charge: .nothing).reason == nil)
    }

    @Test("forgets among those still limited the one that recovers first, and counts it")
    func evictsLive() {
        let states = states({ $0.rateLimits = [RateLimit(1, per: .seconds(1), burst: 10)] }, maximum: 2)
        for _ in 0..<9 { #expect(states.take(tenant: "hammers", tool: nil, charge: .nothing).reason == nil) }
        #expect(states.take(tenant: "modest", tool: nil, charge: .nothing).reason == nil)
        #expect(states.take(tenant: "new", tool: nil, charge: .nothing).reason == nil)
        #expect(states.snapshot.evictedLive == 1)
        #expect(states.take(tenant: "hammers", tool: nil, charge: .nothing).reason == nil)
        #expect(states.take(tenant: "hammers", tool: nil, charge: .nothing).reason == .overTenantLimit)
    }

    @Test("a new configuration holds for tenants already in memory, and their use counts on")
    func reload() throws {
        let limiter = GroupLimiter<UInt64>(limit: 10, queue: .init(depth: 10))
        let directory = TenantDirectory(TenantConfiguration(tenants: ["a": TenantPolicy()]))
        let states = TenantStates(directory: directory, limiter: limiter, clock: clock)
        for _ in 0..<100 { #expect(states.take(tenant: "a", tool: nil, charge: .nothing).reason == nil) }
        #expect(states.take(tenant: "a", tool: nil, charge: .nothing).reason == .overTenantLimit)
        let lane = try #require(states.lane(of: "a"))
        var policy = TenantPolicy()
        policy.rateLimits = [RateLimit(1_000, per: .seconds(60), burst: 150)]
        policy.weight = 7
        policy.maximumInFlight = 4
        directory.replace(TenantConfiguration(tenants: ["a": policy]))
        var more = 0
        while states.take(tenant: "a", tool: nil, charge: .nothing).reason == nil { more += 1 }
        #expect(more == 50)
        #expect(lane.snapshot.weight == 7)
        #expect(lane.snapshot.limit == 4)
        #expect(states.lane(of: "a") === lane)
        policy.isEnabled = false
        directory.replace(TenantConfiguration(tenants: ["a": policy]))
        #expect(states.take(tenant: "a", tool: nil, charge: .nothing).reason == .disabled)
        directory.replace(TenantConfiguration())
        #expect(states.take(tenant: "a", tool: nil, charge: .nothing).reason == .unknown)
        #expect(states.lane(of: "a") == nil)
        #expect(states.filter(of: "a") == nil)
    }

    private func ask(_ admission: TenantAdmission) async throws -> TenantRefusal.Reason? {
        switch admission {
        case .admitted: nil
        case .refused(let refusal): refusal.reason
        case .later(let decide): try await decide()?.reason
        }
    }

    @Test("asks a shared store, and not again while a refusal is known to hold", .timeLimit(.minutes(5)))
    func sharedStore() async throws {
        let store = ScriptedRateStore(clock: clock)
        let states = states({ $0.rateLimits = [RateLimit(1, per: .seconds(10), burst: 2)] }, store: store)
        for _ in 0..<2 { #expect(try await ask(states.take(tenant: "a", tool: nil, charge: .nothing)) == nil) }
        #expect(try await ask(states.take(tenant: "a", tool: nil, charge: .nothing)) == .overTenantLimit)
        #expect(store.questions == 3)
        for _ in 0..<1_000 { #expect(states.take(tenant: "a", tool: nil, charge: .nothing).reason == .overTenantLimit) }
        #expect(store.questions == 3)
        clock.advance(by: .seconds(10))
        #expect(try await ask(states.take(tenant: "a", tool: nil, charge: .nothing)) == nil)
        #expect(store.questions == 4)
    }

    @Test("what a shared store refused under one configuration is not known under the next", .timeLimit(.minutes(5)), arguments: [nil, "slow"] as [String?])
    func sharedReload(tool: String?) async throws {
        let (day, store) = (Duration.seconds(86_400), InMemoryRateLimitStore(clock: clock))
        func configuration(_ count: Int) -> TenantConfiguration {
            var policy = TenantPolicy()
            let limits = [RateLimit(count, per: day)]
            if let tool { policy.toolRateLimits = [tool: limits] } else { policy.rateLimits = limits }
            return TenantConfiguration(tenants: ["a": policy])
        }
        let directory = TenantDirectory(configuration(1))
        let states = TenantStates(directory: directory, store: store, clock: clock)
        let reason = tool == nil ? TenantRefusal.Reason.overTenantLimit : .overToolLimit
        #expect(try await ask(states.take(tenant: "a", tool: tool, charge: .nothing)) == nil)
        #expect(try await ask(states.take(tenant: "a", tool: tool, charge: .nothing)) == reason)
        #expect(states.take(tenant: "a", tool: tool, charge: .nothing).reason == reason)
        directory.replace(configuration(10))
        #expect(try await ask(states.take(tenant: "a", tool: tool, charge: .nothing)) == nil)
    }

    @Test("that a shared store refused a dear call says nothing of a cheaper one, and all of one as dear", .timeLimit(.minutes(5)))
    func sharedCost() async throws {
        let store = ScriptedRateStore(clock: clock)
        let states = states({ policy in
            policy.rateLimits = [RateLimit(10, per: .seconds(86_400))]
            policy.toolCosts = ["dear": 10]
        }, store: store)
        for _ in 0..<5 { #expect(try await ask(states.take(tenant: "a", tool: "cheap", charge: .nothing)) == nil) }
        #expect(try await ask(states.take(tenant: "a", tool: "dear", charge: .nothing)) == .overTenantLimit)
        #expect(states.take(tenant: "a", tool: "dear", charge: .nothing).reason == .overTenantLimit)
        #expect(store.questions == 6)
        for _ in 0..<5 { #expect(try await ask(states.take(tenant: "a", tool: "cheap", charge: .nothing)) == nil) }
        #expect(try await ask(states.take(tenant: "a", tool: "cheap", charge: .nothing)) == .overTenantLimit)
        for tool in ["cheap", "dear"] { #expect(states.take(tenant: "a", tool: tool, charge: .nothing).reason == .overTenantLimit) }
        #expect(store.questions == 12)
    }

    /// A store whose callers leave before it answers.
    private struct LeftRateStore: RateLimitStore {
        func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision {
            throw StoreError(.unavailable, "the caller was cancelled", cause: CancellationError())
        }
    }

    @Test("a caller that leaves while the store is asked is let in nowhere, and is no failure of the store", .timeLimit(.minutes(5)))
    func sharedCancellation() async {
        let states = states({ policy in
            policy.rateLimits = [RateLimit(10, per: .seconds(1))]
            policy.whenStoreFails = .allow
        }, store: LeftRateStore())
        await #expect(throws: CancellationError.self) { try await ask(states.take(tenant: "a", tool: nil, charge: .nothing)) }
        #expect(await TenantGate(after: TenantByHeader(), states: states).decide(TenantRequests.post("a")).status == 503)
        #expect(states.snapshot.storeFailures == 0 && !states.snapshot.isStoreDegraded)
        #expect(states.snapshot.refusals.values.allSatisfy { $0 == 0 })
    }

    @Test("keeps tenants apart in the store, also those with braces in their names", .timeLimit(.minutes(5)))
    func storeKeys() async throws {
        let store = ScriptedRateStore(clock: clock)
        let states = states({ $0.toolRateLimits = ["x": [RateLimit(1, per: .seconds(1))], "x}": [RateLimit(1, per: .seconds(1))]] }, store: store)
        #expect(try await ask(states.take(tenant: "a", tool: "x}", charge: .nothing)) == nil)
        #expect(try await ask(states.take(tenant: "a}:tool:x", tool: nil, charge: .nothing)) == nil)
        #expect(store.keys == ["{t:a%7D:tool:x}", "{t:a}", "{t:a}:tool:x%7D"])
    }

    @Test("does as the policy says while the store fails, and its ordinary refusals never lead there", .timeLimit(.minutes(5)))
    func storeFails() async throws {
        let rules: [(TenantPolicy.WhenStoreFails, [TenantRefusal.Reason?])] = [
            (.deny, [.storeUnavailable, .storeUnavailable, .storeUnavailable]),
            (.allow, [nil, nil, nil]),
            (.local(0.5), [nil, nil, .overTenantLimit]),
        ]
        for (rule, expected) in rules {
            let store = ScriptedRateStore(clock: clock)
            let states = states({ policy in
                policy.rateLimits = [RateLimit(4, per: .seconds(1_000), burst: 4)]
                policy.whenStoreFails = rule
            }, store: store)
            store.setDown(true)
            var answers: [TenantRefusal.Reason?] = []
            for _ in 0..<3 { answers.append(try await ask(states.take(tenant: "a", tool: nil, charge: .nothing))) }
            #expect(answers == expected)
            #expect(states.snapshot.storeFailures == 3)
            #expect(states.snapshot.isStoreDegraded)
            store.setDown(false)
            for _ in 0..<4 { #expect(try await ask(states.take(tenant: "a", tool: nil, charge: .nothing)) == nil) }
            #expect(try await ask(states.take(tenant: "a", tool: nil, charge: .nothing)) == .overTenantLimit)
            #expect(states.snapshot.storeFailures == 3)
            #expect(!states.snapshot.isStoreDegraded)
        }
    }
}
