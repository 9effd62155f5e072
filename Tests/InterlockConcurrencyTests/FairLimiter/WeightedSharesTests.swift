import InterlockConcurrency
import InterlockSimulation
import Testing

/// Backlogged tenants in virtual time: calls of random length, several at a time, an event for each that ends.
@Suite("Weighted shares")
struct WeightedSharesTests {
    /// Times of service: uneven on purpose, most short and a few very long.
    private static func serviceTime(_ random: inout SeededRandom) -> Int {
        Int.random(in: 0..<20, using: &random) == 0 ? Int.random(in: 500...2_000, using: &random) : Int.random(in: 1...60, using: &random)
    }

    private struct Run {
        var end: Int
        var tenant: Int
        var slot: PermitTable.Slot
    }

    /// Serves so many calls of tenants that always have ten sessions waiting. Returns each tenant's part of the calls.
    ///
    /// - Parameters:
    ///   - place: takes the first permit or queues a caller of a tenant; `nil` for queued.
    ///   - release: gives a permit back and says who is next.
    private static func parts(
        tenants: Int, permits: Int, seed: UInt64, calls: Int,
        place: (_ id: Int, _ tenant: Int) -> PermitTable.Slot?,
        release: (_ slot: PermitTable.Slot, _ tenant: Int) -> [(id: Int, slot: PermitTable.Slot)]
    ) -> [Double] {
        var random = SeededRandom(seed: seed)
        var running: [Run] = []
        var tenantOf: [Int] = []
        var served = [Int](repeating: 0, count: tenants)
        var now = 0
        func add(_ tenant: Int) {
            tenantOf.append(tenant)
            if let slot = place(tenantOf.count - 1, tenant) { running.append(Run(end: now + serviceTime(&random), tenant: tenant, slot: slot)) }
        }
        for _ in 0..<10 { for tenant in 0..<tenants { add(tenant) } }
        for _ in 0..<calls {
            guard let index = running.indices.min(by: { running[$0].end < running[$1].end }) else { break }
            let done = running.remove(at: index)
            now = done.end
            for next in release(done.slot, done.tenant) {
                let tenant = tenantOf[next.id]
                served[tenant] += 1
                running.append(Run(end: now + serviceTime(&random), tenant: tenant, slot: next.slot))
                add(tenant)
            }
        }
        return served.map { Double($0) / Double(calls) }
    }

    private static func weighted(_ weights: [Int], permits: Int, seed: UInt64) -> [Double] {
        var machine = GroupLimiterStateMachine<Int>(limit: permits, queue: .init(depth: 10_000))
        let groups = weights.map { machine.openGroup(weight: $0, limit: nil) }
        return parts(tenants: weights.count, permits: permits, seed: seed, calls: 8_000) { id, tenant in
            switch machine.acquire(id, for: Int32(tenant * 10 + id % 10), of: groups[tenant], Patience(now: .zero)) {
            case .granted(let slot): slot
            default: nil
            }
        } release: { slot, tenant in
            machine.release(slot, of: groups[tenant]).map { ($0.waiter, $0.slot) }
        }
    }

    private static func roundRobin(tenants: Int, permits: Int, seed: UInt64) -> [Double] {
        var machine = FairLimiterStateMachine<Int>(limit: permits, queue: .init(depth: 10_000))
        return parts(tenants: tenants, permits: permits, seed: seed, calls: 8_000) { id, tenant in
            switch machine.acquire(id, for: Int32(tenant), Patience(now: .zero)) {
            case .granted(let slot): slot
            default: nil
            }
        } release: { slot, _ in
            machine.release(slot).map { ($0.waiter, $0.slot) }
        }
    }

    @Test("serve tenants of weights 1 and 3 in the ratio 1 : 3; plain turns serve them 1 : 1", arguments: [1, 4, 16], [1, 2, 3] as [UInt64])
    func oneToThree(permits: Int, seed: UInt64) {
        let shares = Self.weighted([1, 3], permits: permits, seed: seed)
        #expect(abs(shares[1] / shares[0] / 3 - 1) < 0.05)
        let turns = Self.roundRobin(tenants: 2, permits: permits, seed: seed)
        #expect(abs(turns[1] / turns[0] - 1) < 0.05)
    }

    @Test("hold for any weights, within 5 % of each tenant's share", arguments: [[1, 1], [2, 3, 5], [1, 10, 100], [7, 7, 1, 1, 4], [1_000, 250]])
    func anyWeights(weights: [Int]) {
        let shares = Self.weighted(weights, permits: 3, seed: 42)
        let total = Double(weights.reduce(0, +))
        for (share, weight) in zip(shares, weights) {
            #expect(abs(share / (Double(weight) / total) - 1) < 0.05)
        }
    }
}
