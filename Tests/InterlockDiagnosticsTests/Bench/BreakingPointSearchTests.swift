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

    @Test("a generator that cannot keep up ends the search, and is no breaking point of the server", arguments: [100.0, 3_000, 99_999])
    func generator(limit: Double) {
        var search = BreakingPointSearch(from: 50)
        var steps = 0
        while let rate = search.next, steps < 1_000 {
            search.finished(held: rate <= limit, isGeneratorBound: rate > limit)
            steps += 1
        }
        #expect(search.firstBad == nil && search.found.breakingPoint == nil)
        #expect(search.generatorLimit.map { $0 > limit && $0 <= 2 * limit } == true && search.lastGood.map { $0 <= limit } == true)
        // Without being told, the same search would find a breaking point of the server.
        let (blind, _) = Self.run(from: 50) { rate, _ in rate <= limit }
        #expect(blind.firstBad != nil && blind.generatorLimit == nil)
    }

    @Test("a generator that was late once is tried again, and one that was late and held is no limit")
    func generatorHiccup() throws {
        var search = BreakingPointSearch(from: 50)
        search.finished(held: false, isGeneratorBound: true)
        #expect(search.next == 50 && search.generatorLimit == nil)
        search.finished(held: true, isGeneratorBound: true)
        #expect(search.next == 100 && search.lastGood == 50)
        search.finished(held: false, isGeneratorBound: true)
        search.finished(held: false)
        #expect(search.generatorLimit == nil && search.firstBad == 100)
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

    @Test("a p99 of a handful of calls holds nothing, and no step is tried whose calls would be so few")
    func few() {
        func result(_ calls: Int) -> LoadResult {
            var result = LoadResult()
            for _ in 0..<calls { result.total.record(.ok, latency: .milliseconds(1), service: .zero) }
            result.offered = calls
            return result
        }
        let bounds = BreakingPointSearch.Bounds()
        #expect(!bounds.hold(result(10)) && !bounds.hold(result(299)) && bounds.hold(result(300)))
        let least = BreakingPointSearch.Bounds.leastRate(over: .seconds(10))
        #expect(least == 36)
        var search = BreakingPointSearch(from: 100, minimum: least)
        var rates: [Double] = []
        while let rate = search.next {
            rates.append(rate)
            search.finished(held: false)
        }
        #expect(rates == [100, 100, 50, 50] && search.lastGood == nil)
    }
}
