import Testing

@testable import InterlockDiagnostics

@Suite("Looking for the breaking point")
struct BreakingPointSearchTests {
    /// Runs a search to its end; `holds` sees the rate and how many steps there were before.
    private static func run(from rate: Double, maximum: Double = 1_000_000, _ holds: (Double, Int) -> Bool) -> (search: BreakingPointSearch, steps: Int) {
        var search = BreakingPointSearch(from: rate, maximum: maximum)
        var steps = 0
        while let next = search.next, steps < 1_000 {
            search.finished(held: holds(next, steps))
            steps += 1
        }
        return (search, steps)
    }

    @Test("finds a server's limit to a twentieth, from below and from above", arguments: [3.0, 50, 777, 12_345, 99_999])
    func finds(capacity: Double) throws {
        for start in [1.0, 50, 200_000] {
            let (search, steps) = Self.run(from: start) { rate, _ in rate <= capacity }
            let good = try #require(search.lastGood)
            #expect(good <= capacity && good >= capacity * 0.95)
            #expect(try #require(search.firstBad) > capacity)
            #expect(steps < 80)
        }
    }

    @Test("one hiccup is no breaking point")
    func hiccup() throws {
        let (search, _) = Self.run(from: 50) { rate, step in rate <= 1_000 && step != 2 }
        #expect(try #require(search.lastGood) >= 950)
    }

    @Test("ends when nothing holds, and at the maximum when everything does")
    func ends() {
        #expect(Self.run(from: 50) { _, _ in false }.search.lastGood == nil)
        #expect(Self.run(from: 50, maximum: 500) { _, _ in true }.search.lastGood == 500)
    }

    @Test("a step holds only with its p99, its errors, and all that was offered")
    func bounds() {
        func result(_ edit: (inout LoadResult) -> Void = { _ in }) -> LoadResult {
            var result = LoadResult()
            for _ in 0..<1_000 { result.total.record(.ok, latency: .milliseconds(100), service: .zero) }
            result.offered = 1_000
            edit(&result)
            return result
        }
        let bounds = BreakingPointSearch.Bounds(p99: .milliseconds(200), errorShare: 0.01)
        #expect(bounds.hold(result()))
        #expect(!bounds.hold(result { for _ in 0..<20 { $0.total.record(.ok, latency: .seconds(1), service: .zero) } }))
        #expect(!bounds.hold(result { for _ in 0..<20 { $0.total.record(.busy, latency: .zero, service: .zero) } }))
        #expect(!bounds.hold(result { $0.dropped = 1 }))
        #expect(!bounds.hold(result { $0.offered = 2_000 }))
        #expect(!bounds.hold(LoadResult()))
    }
}
