import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("An adaptive limiter")
struct AdaptiveLimiterTests {
    private struct Overloaded: Error {}

    @Test("grows while calls stay as fast, shrinks when they slow down, and stays within its bounds")
    func gradient() {
        var gradient = Gradient(initial: 20, minimum: 5, maximum: 100)
        for _ in 0..<200 { _ = gradient.record(.milliseconds(10), active: Int(gradient.limit)) }
        #expect(gradient.limit == 100)
        var previous = gradient.limit
        for _ in 0..<3 {
            _ = gradient.record(.milliseconds(100), active: Int(gradient.limit))
            #expect(gradient.limit < previous)
            previous = gradient.limit
        }
        for _ in 0..<20 { _ = gradient.record(.milliseconds(200), active: Int(gradient.limit)) }
        #expect(gradient.limit < 40)
        #expect(gradient.limit >= 5)
        for _ in 0..<100 { _ = gradient.recordOverload() }
        #expect(gradient.limit == 5)
    }

    @Test("learns nothing about a limit of which less than half is used")
    func idle() {
        var gradient = Gradient(initial: 20, minimum: 1, maximum: 100)
        for _ in 0..<50 { _ = gradient.record(.milliseconds(10), active: 9) }
        #expect(gradient.limit == 20)
    }

    @Test("finds about the capacity of a callee whose calls queue up beyond it; a limiter that never shrinks does not")
    func convergence() {
        // Beyond eight at a time, each further call waits for its turn.
        func settled(shrinks: Bool) -> Int {
            var random = SeededRandom(seed: 5)
            var gradient = Gradient(initial: 2, minimum: 1, maximum: 500, longWindow: 2_000)
            for _ in 0..<30 { _ = gradient.record(.milliseconds(10), active: 1) }
            for _ in 0..<1_000 {
                let active = Int(gradient.limit)
                let noise = Double.random(in: 0.9...1.1, using: &random)
                let time = Duration.milliseconds(10) * (max(1, Double(active) / 8) * noise)
                _ = gradient.record(shrinks ? time : .milliseconds(10), active: active)
            }
            return Int(gradient.limit)
        }
        #expect((8...40).contains(settled(shrinks: true)))
        #expect(settled(shrinks: false) == 500)
    }

    @Test("keeps within its bounds, and grows or shrinks only for a reason, in any order of events; one with wider bounds is noticed", arguments: [false, true])
    func randomOrder(isWider: Bool) {
        func violation(seed: UInt64) -> String? {
            var random = SeededRandom(seed: seed)
            var bounds = (minimum: Int.random(in: 1...20, using: &random), maximum: Int.random(in: 21...200, using: &random))
            var gradient = Gradient(initial: 20, minimum: isWider ? 1 : bounds.minimum, maximum: isWider ? 1_000 : bounds.maximum)
            for _ in 0..<400 {
                let before = gradient.limit
                let returned: Int
                switch Int.random(in: 0..<20, using: &random) {
                case 0 where !isWider:
                    bounds = (Int.random(in: 1...20, using: &random), Int.random(in: 21...200, using: &random))
                    returned = gradient.setBounds(minimum: bounds.minimum, maximum: bounds.maximum)
                case 1...3:
                    returned = gradient.recordOverload()
                    if gradient.limit > before { return "grew when a call was turned away" }
                default:
                    let active = Int.random(in: 0...250, using: &random)
                    returned = gradient.record(.milliseconds(Int.random(in: 0...500, using: &random)), active: active)
                    if Double(active) < before / 2, gradient.limit != before { return "learnt from a limit of which \(active) of \(before) were used" }
                    // Smoothing takes a fifth of what a gradient of a half, or the room for a queue, would change.
                    if gradient.limit < before * 0.9 - 1e-9 || gradient.limit > before + 0.8 + 1e-9 { return "jumped from \(before) to \(gradient.limit)" }
                }
                if returned != Int(gradient.limit) { return "said \(returned) and is \(gradient.limit)" }
                if gradient.limit < Double(bounds.minimum) || gradient.limit > Double(bounds.maximum) { return "\(gradient.limit) is out of \(bounds)" }
            }
            return nil
        }
        let violations = (0..<200 as Range<UInt64>).compactMap(violation)
        #expect(violations.isEmpty != isWider, "\(violations.first ?? "none")")
    }

    @Test("adjusts its permits by its calls, by overload errors, and by nothing else", .timeLimit(.minutes(5)))
    func shell() async throws {
        let clock = ManualClock()
        let limiter = AdaptiveLimiter(initial: 10, minimum: 1, maximum: 50, clock: clock, isOverload: { $0 is Overloaded })
        await #expect(throws: Overloaded.self) { try await limiter.withPermit { throw Overloaded() } }
        #expect(limiter.snapshot.limit == 9)
        await #expect(throws: CancellationError.self) { try await limiter.withPermit { throw CancellationError() } }
        #expect(limiter.snapshot.limit == 9)
        for _ in 0..<10 {
            let gate = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                let places = limiter.snapshot.limit
                for _ in 0..<places { group.addTask { try await limiter.withPermit { try await gate.wait() } } }
                try await gate.waitForWaiters(places)
                clock.advance(by: .milliseconds(10))
                gate.open()
                try await group.waitForAll()
            }
        }
        #expect(limiter.snapshot.limit > 9)
        #expect(limiter.snapshot.peakActive <= 50)
        #expect(limiter.snapshot.runs.count > 90)
        #expect(await limiter.drain())
    }
}
