import InterlockConcurrency
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import Testing

/// A store with one deliberate defect, and the checks that find it: these and no others.
struct Broken<Store: Sendable>: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The beginnings of the checks' names.
    var checks: [String]
    var underTest: StoreUnderTest<Store>

    /// - Parameters:
    ///   - isShared: Whether the second instance is the first, or, as a defect, one with a memory of its own.
    ///   - make: The store for a capacity, on a clock that checks move.
    init(_ name: String, foundBy checks: String..., isShared: Bool = true, make: @escaping @Sendable (Int, any SchedulingClock) -> Store) {
        testDescription = name
        self.checks = checks
        underTest = StoreUnderTest(name: name) { capacity in
            let clock = ManualClock()
            let store = make(capacity, clock)
            return StoreInstances(store, secondInstance: { isShared ? store : make(capacity, clock) }, advance: { clock.advance(by: $0) })
        }
    }

    /// Runs a whole kit and compares what fails with what should.
    func isFound(by kit: [ConformanceCheck<StoreUnderTest<Store>>]) async throws {
        var failed: Set<String> = []
        for check in kit {
            // A short patience ends the waits for what a broken store never sends; a sound one is given all the time of a busy machine.
            let isMeant = checks.contains { check.name.hasPrefix($0) }
            do { _ = try await check.run(on: underTest, patience: .seconds(isMeant ? 5 : 40)) } catch let failure as ConformanceFailure { failed.insert(failure.check) }
        }
        let expected = kit.map(\.name).filter { name in checks.contains { name.hasPrefix($0) } }
        #expect(expected.count == checks.count, "each of \(checks) names one check")
        #expect(failed == Set(expected))
    }
}

extension String {
    /// As a careless store compares: the sign for kelvin is a K.
    var folded: String { replacing("\u{212A}", with: "K") }
}
