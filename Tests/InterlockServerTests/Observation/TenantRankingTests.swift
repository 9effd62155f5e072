import InterlockConcurrency
@testable import InterlockServer
import InterlockSimulation
import MetricsTestKit
import Testing

@Suite("Which tenants have a name in metrics")
struct TenantRankingTests {
    private func at(_ seconds: Int) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000) }

    @Test("a tenant that calls most of late gets the name of one that has gone quiet; one that calls as much as the named does not")
    func growth() {
        var ranking = TenantRanking(limit: 2)
        for tenant in ["a", "b"] { for _ in 0..<10 { #expect(ranking.record(tenant, now: at(0)) == .init(name: tenant)) } }
        for _ in 0..<11 { #expect(ranking.record("c", now: at(1)) == .init(name: nil)) }
        #expect(ranking.record("a", now: at(10)).dropped.isEmpty) // 11 is not twice 10
        for second in 11..<30 {
            for _ in 0..<10 { _ = ranking.record("a", now: at(second)) }
            for _ in 0..<20 { _ = ranking.record("c", now: at(second)) }
        }
        #expect(ranking.record("c", now: at(30)).name == "c")
        #expect(ranking.record("a", now: at(30)).name == "a" && ranking.record("b", now: at(30)).name == nil)
    }

    @Test("never more names than there may be, nor candidates without bound, in any order", arguments: 0..<10)
    func bounds(seed: UInt64) {
        var (random, ranking, names) = (SeededRandom(seed: seed), TenantRanking(limit: 5), Set<String>())
        for step in 0..<20_000 {
            let tenant = "t\(UInt64.random(in: 0..<(step % 7 == 0 ? 5_000 : 12), using: &random))"
            let label = ranking.record(tenant, now: at(step / 100))
            for name in label.dropped { #expect(names.remove(name) != nil) }
            if let name = label.name { #expect(name == tenant); names.insert(name) }
            #expect(names.count <= 5)
        }
    }

    @Test("a dropped tenant's series ends, no counter falls or rises by what others counted, and the report loses no call")
    func instruments() throws {
        let (clock, metrics) = (ManualClock(), TestMetrics())
        let instruments = TenantInstruments(factory: metrics)
        for number in 0..<TenantInstruments.named { instruments.record(.ok, tenant: "t\(number)", now: clock.now) }
        for _ in 0..<5 { instruments.record(.toolError, tenant: "late", now: clock.now) }
        clock.advance(by: TenantRanking.period)
        instruments.record(.ok, tenant: "late", now: clock.now)
        let figures = instruments.figures
        #expect(figures.reduce(0) { $0 + $1.calls } == TenantInstruments.named + 6 && figures.count == TenantInstruments.named + 1)
        #expect(figures.first { $0.tenant == "late" }?.calls == 1)
        #expect(figures.first { $0.tenant == nil }.map { [$0.calls, $0.failures] } == [6, 5])
        #expect(try metrics.expectCounter("interlock_tenant_calls_total", [("tenant", "other"), ("outcome", "tool_error")]).totalValue == 5)
        #expect(throws: (any Error).self) { try metrics.expectCounter("interlock_tenant_calls_total", [("tenant", "t0"), ("outcome", "ok")]) }
    }
}
