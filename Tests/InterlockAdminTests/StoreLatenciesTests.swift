@testable import InterlockAdmin
import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

@Suite("How long a store took of late")
struct StoreLatenciesTests {
    private final class Store: ObservedStore {
        let latencies = Mutex(DurationHistogram())
        var observedName: String { "redis" }
        var condition: StoreCondition { StoreCondition(latencies: latencies.withLock { $0 }) }
        func take(_ duration: Duration) { latencies.withLock { $0.record(duration) } }
    }

    @Test("an outage that is over is forgotten after a minute, however much was asked before; since the start it would never be")
    func window() throws {
        let (clock, store) = (ManualClock(), Store())
        let recent = StoreLatencies(store, clock: clock)
        #expect(recent.quantile(0.99) == nil)
        for second in 0..<180 {
            for _ in 0..<10 { store.take(second < 60 ? .milliseconds(1) : second < 70 ? .seconds(1) : .milliseconds(1)) }
            clock.advance(by: .seconds(1))
            let p99 = try #require(recent.quantile(0.99))
            if second < 60 || second >= 70 + 65 { #expect(p99 < .milliseconds(2), "at \(second) s: \(p99)") }
            if (61..<120).contains(second) { #expect(p99 >= .seconds(1), "at \(second) s: \(p99)") }
        }
        #expect(try #require(store.condition.latencies.quantile(0.99)) >= .seconds(1)) // the control
        clock.advance(by: .seconds(600))
        _ = recent.quantile(0.99)
        clock.advance(by: .seconds(61))
        #expect(recent.quantile(0.99) == nil) // nobody asks it any more
    }
}
