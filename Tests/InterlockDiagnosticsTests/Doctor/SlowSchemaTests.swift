import InterlockDiagnostics
import Testing

@Suite("Schemas that are slow to check", .timeLimit(.minutes(5)))
struct SlowSchemaTests {
    typealias Concurrency = DoctorObservations.Concurrency
    typealias Refusals = DoctorObservations.Refusals

    @Test("What a refusal takes is held against the schema, where it computes", arguments: [
        ("compiled for each call", 160, true, [DoctorFinding.Code.slowSchema]), ("quick", 8, true, []), ("asked of somebody else", 100, false, []),
        ("far away and quick", 20, nil, []),
    ] as [(String, Int, Bool?, [DoctorFinding.Code])])
    func examined(name: String, milliseconds: Int, computes: Bool?, codes: [DoctorFinding.Code]) async throws {
        let diagnosis = try await SlowServer(seconds: 0.02, checking: milliseconds, computes: computes).diagnosis()
        #expect(diagnosis.findings.map(\.code) == codes, "\(name): \(diagnosis)")
        #expect(diagnosis.sound.contains { $0.contains("to refuse arguments") } == codes.isEmpty, "\(name): \(diagnosis)")
    }

    /// A server whose trivial requests take 2 ms.
    private static func diagnosis(_ refusals: Refusals, _ concurrency: [Concurrency] = []) -> Diagnosis {
        var seen = DoctorObservations()
        (seen.quietBeats, seen.refusals, seen.concurrency) = (Array(repeating: 2, count: 10), [refusals], concurrency)
        return DoctorRules.diagnose(seen)
    }

    @Test("The fastest decides, and the processor time where it is known", arguments: [
        ("all as slow", Refusals(tool: "work", times: [160, 162, 170], cpu: 480), true),
        ("one was quick: the others met a busy machine", Refusals(tool: "work", times: [160, 3, 170], cpu: 12), false),
        ("slow by the machine alone", Refusals(tool: "work", times: [80, 90, 85], cpu: 30), false),
        ("far slower than it computes", Refusals(tool: "work", times: [400, 410, 405], cpu: 120), false),
        ("computing, by the machine twice as slow", Refusals(tool: "work", times: [100, 104, 101], cpu: 165), true),
        ("not known, and just below", Refusals(tool: "work", times: [51.9, 90, 85]), false),
    ])
    func rule(name: String, refusals: Refusals, isSlow: Bool) {
        let diagnosis = Self.diagnosis(refusals)
        #expect(diagnosis.findings.map(\.code) == (isSlow ? [.slowSchema] : []), "\(name)")
        #expect(diagnosis.undecided.isEmpty && diagnosis.sound.count == (isSlow ? 0 : 1), "\(name)")
    }

    @Test("Where the process is not known, a slow refusal may be computing or waiting: nothing is said but that")
    func unknown() async throws {
        let diagnosis = try await SlowServer(seconds: 0.02, checking: 100).diagnosis()
        #expect(diagnosis.findings.isEmpty && diagnosis.undecided.contains { $0.contains("no process is known to see whether it computes") }, "\(diagnosis)")
        #expect(!diagnosis.sound.contains { $0.contains("to refuse arguments") })
    }

    @Test("A call that is mostly its schema's check is found once; a handler that computes is found beside it", arguments: [
        (160.0, "work", [DoctorFinding.Code.slowSchema]), (60, "work", [.computesOnLoop, .slowSchema]), (160, "other", [.computesOnLoop, .slowSchema]),
        (10, "work", [.computesOnLoop]),
    ])
    func follows(checking: Double, tool: String, codes: [DoctorFinding.Code]) {
        let calls = Concurrency(
            operation: "work", alone: Array(repeating: 200, count: 5), width: 8, batches: Array(repeating: 1_600, count: 3), cpu: 190 * 24,
            beats: Array(repeating: 1_200, count: 12))
        let diagnosis = Self.diagnosis(Refusals(tool: tool, times: Array(repeating: checking + 2, count: 5), cpu: checking * 5), [calls])
        #expect(diagnosis.findings.map(\.code) == codes, "\(diagnosis)")
    }
}
