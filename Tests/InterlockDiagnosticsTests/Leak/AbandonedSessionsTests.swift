import Testing

@testable import InterlockDiagnostics

@Suite("Sessions that nobody ends")
struct AbandonedSessionsTests {
    /// A hundred sessions of `bytes` each from `start` on, beginning at the number `begun`.
    private static func round(from begun: Int, start: Double, bytes: Double, sessions: Int = 100) -> GrowthSeries {
        GrowthSeries(stride(from: 0, through: sessions, by: 4).map { .init(Double(begun + $0), 60e6 + start + bytes * Double($0)) })
    }

    private static func seen(_ first: GrowthSeries, _ second: GrowthSeries, isStated: Bool = true) -> AbandonedSessions {
        AbandonedSessions(first: first, second: second, rested: 5, isStated: isStated)
    }

    @Test("What later sessions take anew was held; what they find was given back, whether or not the system has it again", arguments: [
        ("held", round(from: 24, start: 0, bytes: 50e3), round(from: 124, start: 5e6, bytes: 50e3), AbandonedSessions.Verdict.held),
        ("given back to the allocator", round(from: 24, start: 0, bytes: 50e3), round(from: 124, start: 5e6, bytes: 0), .givenBack),
        ("given back to the system", round(from: 24, start: 0, bytes: 50e3), round(from: 124, start: 0, bytes: 50e3), .givenBack),
        ("a third is held", round(from: 24, start: 0, bytes: 50e3), round(from: 124, start: 5e6, bytes: 16e3), .givenBack),
        ("next to nothing", round(from: 24, start: 0, bytes: 2e3), round(from: 124, start: 2e5, bytes: 2e3), .nothing),
        ("too few", round(from: 24, start: 0, bytes: 50e3, sessions: 40), round(from: 64, start: 2e6, bytes: 50e3, sessions: 40), .notEnoughData),
        ("none later", round(from: 24, start: 0, bytes: 50e3), GrowthSeries(), .notEnoughData),
        ("nothing at all", GrowthSeries(), GrowthSeries(), .notEnoughData),
    ])
    func verdicts(name: String, first: GrowthSeries, second: GrowthSeries, verdict: AbandonedSessions.Verdict) {
        let seen = Self.seen(first, second)
        #expect(seen.verdict == verdict, "\(name): \(seen.keptShare)")
        if verdict == .held { #expect(abs(seen.bytesPerSession - 50e3) < 2e3 && abs(seen.keptShare - 1) < 0.1 && seen.sessions == 224) }
    }

    @Test("Where more were refused nothing is told of the others, whatever was read of them")
    func ended() {
        var seen = Self.seen(Self.round(from: 24, start: 0, bytes: 50e3), Self.round(from: 124, start: 5e6, bytes: 0))
        #expect(seen.verdict == .givenBack && seen.sessions == 224)
        seen.ended = "the tenant may have no more sessions"
        #expect(seen.verdict == .notEnoughData && seen.sentence.contains("224 were begun, and then no more (the tenant"))
        var observations = DoctorObservations()
        observations.abandoned = seen
        let diagnosis = DoctorRules.diagnose(observations)
        #expect(diagnosis.findings.isEmpty && diagnosis.undecided.contains { $0.contains("the tenant may have no more sessions") })
        // The whole is undecided for them alone, where it was said how long they live.
        let report = LeakReport(parts: [], runtime: .unknown, snapshot: nil, limits: [], abandoned: seen)
        #expect(report.verdict == .notEnoughData && report.headline.contains("the tenant may have no more sessions"))
    }

    @Test("Held sessions are a fault where it was said how long they live, and a note where it was not", arguments: [true, false])
    func stated(isStated: Bool) throws {
        var observations = DoctorObservations()
        observations.abandoned = Self.seen(Self.round(from: 24, start: 0, bytes: 50e3), Self.round(from: 124, start: 5e6, bytes: 50e3), isStated: isStated)
        let diagnosis = DoctorRules.diagnose(observations)
        #expect(diagnosis.findings.map(\.code) == [.abandonedSessions] && diagnosis.isHealthy != isStated)
        let report = LeakReport(parts: [], runtime: .unknown, snapshot: nil, limits: [], abandoned: observations.abandoned)
        #expect(report.verdict == (isStated ? .leak : .notEnoughData))
        #expect(report.html(of: "server", time: 0).contains("Sessions that nobody ends"))
    }
}
