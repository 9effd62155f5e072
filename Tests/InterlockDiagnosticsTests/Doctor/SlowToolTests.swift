import Testing

@testable import InterlockDiagnostics

@Suite("Tools that take long beside the time there is for an answer", .timeLimit(.minutes(5)))
struct SlowToolTests {
    @Test("As many are tried at once as go one by one in four fifths of the time, and fewer than three tell nothing", arguments: [
        (8, 20.0, 8), (8, 1_000, 8), (8, 1_001, 7), (8, 1_500, 5), (8, 2_666, 3), (8, 2_700, nil), (8, 9_000, nil), (2, 4_000, 2), (2, 4_001, nil), (64, 0, 64),
    ] as [(Int, Double, Int?)])
    func width(asked: Int, alone: Double, width: Int?) {
        #expect(DoctorRun.width(asked, alone: alone, timeout: .seconds(10)) == width)
    }

    @Test("Whatever the width, one by one is told from two at a time", arguments: 2...64)
    func lines(width: Int) {
        let byTwos = Double((width + 1) / 2), line = CallTimes.lineRatio(Double(width))
        #expect(line > byTwos && line < Double(width))
        // For the usual width nothing but the share decides.
        if width == 8 { #expect(line == 0.6 * 8) }
    }

    @Test("A tool of one and a half seconds that goes one by one is called that, and one that does not is not", arguments: [
        (1.5, true, [DoctorFinding.Code.serialised]), (1.5, false, [.upstreamBound]), (2.6, true, [.serialised]),
    ])
    func named(seconds: Double, isSerial: Bool, codes: [DoctorFinding.Code]) async throws {
        let diagnosis = try await SlowServer(seconds: seconds, isSerial: isSerial).diagnosis()
        #expect(diagnosis.findings.map(\.code) == codes, "\(diagnosis)")
        let width = seconds < 2 ? 5 : 3
        #expect(diagnosis.findings.first?.evidence.contains { $0.name == "\(width) at once" } == true)
        if isSerial { #expect(diagnosis.findings.first?.sentence.contains("\(width) at once take") == true, "\(diagnosis)") }
    }

    @Test("One that fails when another call is on its way is called that, and its quick errors are no proof that calls go side by side", arguments: [
        (1, false, [DoctorFinding.Code.failsAtOnce]), (4, false, [.failsAtOnce]), (1, true, []), (8, false, []),
    ])
    func failing(places: Int, saysBusy: Bool, codes: [DoctorFinding.Code]) async throws {
        let diagnosis = try await SlowServer(seconds: 0.04, places: places, saysBusy: saysBusy).diagnosis()
        #expect(diagnosis.findings.map(\.code) == codes, "\(diagnosis)")
        #expect(diagnosis.sound.contains { $0.contains("for 8 at once") } == (places == 8), "\(diagnosis)")
        #expect(diagnosis.sound.contains { $0.contains("were refused by a server that says so (database is locked)") } == saysBusy, "\(diagnosis)")
        if !codes.isEmpty { #expect(diagnosis.findings.first?.sentence.contains("(database is locked)") == true) }
    }

    @Test("Of one that takes longer nothing is said but that, and what to do", arguments: [true, false])
    func untold(isSerial: Bool) async throws {
        let diagnosis = try await SlowServer(seconds: 3, isSerial: isSerial).diagnosis()
        #expect(diagnosis.findings.isEmpty && diagnosis.untold == [.calls], "\(diagnosis)")
        #expect(diagnosis.undecided.count == 1 && diagnosis.undecided.allSatisfy { $0.contains("one takes 3.0 s") && $0.contains("--timeout") }, "\(diagnosis.undecided)")
    }

    @Test("One that gives no answer is still told as that")
    func unanswered() async throws {
        let diagnosis = try await SlowServer(seconds: 100, isSerial: false).diagnosis()
        #expect(diagnosis.findings.map(\.code) == [.noAnswer], "\(diagnosis)")
    }
}
