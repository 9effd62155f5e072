import InterlockSimulation
import InterlockTesting
import Testing

@Suite("Negative controls: the kit finds every deliberate defect of a transport")
struct BrokenTransportTests {
    @Test("is found", .timeLimit(.minutes(5)), arguments: BrokenTransport.all)
    func found(broken: BrokenTransport) async throws {
        let check = try #require(TransportConformance.checks.first { $0.name.hasPrefix(broken.check) })
        let (clock, waiting) = (ManualClock(), Gate())
        let evidence = broken.evidence
        let running = Task {
            guard case .missing(let wait, _) = evidence else { return try await check.run(on: broken.underTest) }
            return try await check.run(on: broken.underTest, clock: clock) { what in if what.hasPrefix(wait) { waiting.open() } }
        }
        defer { running.cancel() }
        if case .missing(_, let done) = evidence {
            // The defect has happened and the check waits for what it has prevented: only now may its patience end.
            try await waiting.wait()
            try await done.wait()
            clock.advance(by: .seconds(60))
        }
        let failure = try #require(await #expect(throws: ConformanceFailure.self) { try await withTaskCancellationHandler { try await running.value } onCancel: { running.cancel() } })
        #expect(failure.check == check.name && failure.rule == check.rule)
        switch evidence {
        case .wrong(let expected):
            #expect(failure.expected.contains(expected) && !failure.found.hasPrefix("nothing of the kind"), "\(failure)")
        case .missing(let wait, _):
            #expect(failure.expected.contains(wait) && failure.found.hasPrefix("nothing of the kind"), "\(failure)")
        }
    }

    @Test("the wrappers themselves break nothing", .timeLimit(.minutes(5)), arguments: TestTransport.allCases, TransportConformance.checks)
    func soundWrapper(transport: TestTransport, check: TransportConformance.Check) async throws {
        let sound = BrokenTransport("sound", foundBy: "", over: transport, expecting: "")
        try await report(check, "wrapped \(transport)", check.run(on: sound.underTest, patience: .seconds(100)))
    }

    @Test("every check of the kit is proved by a defect that it finds")
    func coverage() {
        let unproved = TransportConformance.checks.filter { check in !BrokenTransport.all.contains { check.name.hasPrefix($0.check) } }
        #expect(unproved.map(\.name) == [])
    }
}
