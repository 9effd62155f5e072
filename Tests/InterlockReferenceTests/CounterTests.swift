import InterlockClient
import InterlockJSON
import InterlockProtocol
import Testing

@testable import InterlockReference

@Suite("Counters", .timeLimit(.minutes(5)))
struct CounterTests {
    /// What a counter stands at after many calls at once, each of which adds one.
    private func total(_ mode: DemoMode, calls: Int) async throws -> Int? {
        try await withReference(mode: mode) { client, _ in
            let added = await successes(of: calls) { _ in _ = try await client.call("increment_counter", ["name": "visits"]) }
            #expect(added == calls)
            return try await client.call("get_counter", ["name": "visits"]).structuredContent?["value"]?.int
        }
    }

    @Test("200 calls at once count 200")
    func guarded() async throws {
        #expect(try await total(.guarded, calls: 200) == 200)
    }

    @Test("the unsafe server loses some within 100 rounds")
    func unsafe() async throws {
        for _ in 0..<100 where try await total(.unsafe, calls: 20) != 20 { return }
        Issue.record("the proof above proves nothing: it does not notice a missing lock")
    }

    @Test("begin at 0, add what they are told, and stop at their bounds")
    func bounds() async throws {
        let counters = Counters(maximumCounters: 1)
        #expect(await counters.value(of: "a") == 0)
        #expect(try await counters.increment("a", by: 5) == 5)
        #expect(try await counters.increment("a", by: Counters.maximumValue - 5) == Counters.maximumValue)
        await #expect(throws: CounterError.self) { try await counters.increment("a", by: 1) }
        await #expect(throws: CounterError.self) { try await counters.increment("b", by: 1) }
        #expect(await counters.value(of: "a") == Counters.maximumValue)
        #expect(await counters.value(of: "b") == 0)
    }
}
