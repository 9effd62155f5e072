import InterlockTesting
import Testing

@Suite("Every shipped transport passes the conformance kit")
struct TransportConformanceTests {
    @Test("conforms", .timeLimit(.minutes(5)), arguments: TestTransport.allCases, TransportConformance.checks)
    func conforms(transport: TestTransport, check: TransportConformance.Check) async throws {
        try await report(check, transport.description, check.run(on: transport.underTest, patience: .seconds(100)))
    }

    @Test("names are unique, so that a failure names one check")
    func names() {
        #expect(Set(TransportConformance.checks.map(\.name)).count == TransportConformance.checks.count)
        #expect(Set(SessionStoreConformance.checks.map(\.name)).count == SessionStoreConformance.checks.count)
        #expect(Set(EventStoreConformance.checks.map(\.name)).count == EventStoreConformance.checks.count)
    }
}

/// Shows what was skipped and why; nothing is skipped in silence.
func report(_ check: some CustomStringConvertible, _ subject: String, _ outcome: ConformanceOutcome) {
    if case .skipped = outcome { print("\(subject): \(check): \(outcome)") }
}
