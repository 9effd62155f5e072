import Testing

@testable import InterlockDiagnostics

@Suite("What a doctor concludes of sessions, quick calls, and what it was kept from")
struct DoctorRulesSessionTests {
    typealias Sessions = DoctorObservations.Sessions

    private static func sessions(_ change: (inout Sessions) -> Void) -> DoctorObservations {
        var seen = DoctorObservations()
        var sessions = Sessions(opened: 5, requests: 24, lost: 0)
        (sessions.elsewhere, sessions.outlivedRest, sessions.hasRestarted) = (6, 3, false)
        change(&sessions)
        seen.sessions = sessions
        return seen
    }

    @Test("A lost session points to its cause: instances, a short timeout, a restart, or none that is known", arguments: [
        ("on new connections", sessions { $0.lostElsewhere = 3 }, "several instances"),
        ("after a rest", sessions { ($0.lostAfterRest, $0.outlivedRest) = (3, 1) }, "rested for 3.0 s"),
        ("with its process", sessions { ($0.lost, $0.lostElsewhere, $0.hasRestarted) = (2, 1, true) }, "was started anew"),
        ("back to back", sessions { $0.lost = 6 }, "6 of 24 requests met a server that did not know their session"),
        ("back to back, and after a rest", sessions { ($0.lost, $0.lostAfterRest) = (6, 1) }, "6 of 24 requests"),
    ])
    func lost(name: String, seen: DoctorObservations, words: String) throws {
        let findings = DoctorRules.diagnose(seen).findings
        #expect(findings.map(\.code) == [.lostSessions] && findings.first?.sentence.contains(words) == true, "\(name): \(findings)")
    }

    @Test("Sessions that are kept are cleared, with what was tried; a process that comes and goes accuses nobody by itself", arguments: [false, true])
    func kept(hasRestarted: Bool) {
        let diagnosis = DoctorRules.diagnose(Self.sessions { $0.hasRestarted = hasRestarted })
        #expect(diagnosis.findings.isEmpty)
        #expect(diagnosis.sound == ["sessions: 24 requests in 5 sessions, none lost, nor on 6 new connections, nor by a rest of 3.0 s"])
    }

    /// A tool of `alone` ms, 32 of which take `together`, the server computing `cpu` of it and this program `own`.
    private static func quick(alone: Double, together: Double, cpu: Double?, own: Double?, took: Double = 0, beat: Double = 4) -> DoctorObservations {
        var seen = DoctorObservations()
        seen.quietBeats = Array(repeating: 2, count: 10)
        var one = DoctorObservations.Concurrency(
            operation: "work", alone: Array(repeating: alone, count: 5), width: 8, batches: Array(repeating: alone * 8, count: 3), cpu: cpu.map { $0 / 2 })
        one.wide = .init(
            width: 32, batches: Array(repeating: together, count: 3), cpu: cpu.map { $0 * 3 }, ownCPU: own.map { $0 * 3 },
            contention: Contention(server: took * 3), beats: Array(repeating: beat, count: 9))
        seen.concurrency = [one]
        return seen
    }

    @Test("Quick calls that take turns are told by many at once, and by nothing less", arguments: [
        ("a lock", quick(alone: 6, together: 200, cpu: 30, own: 20), [DoctorFinding.Code.serialised], 0),
        ("a loop that sleeps", quick(alone: 6, together: 200, cpu: 30, own: 20, beat: 190), [.blocksLoop], 0),
        ("side by side", quick(alone: 6, together: 40, cpu: 30, own: 20), [], 0),
        ("a limit of five", quick(alone: 6, together: 48, cpu: 30, own: 20), [], 0),
        ("computing, a little each", quick(alone: 6, together: 200, cpu: 170, own: 20), [], 0),
        ("this program computing", quick(alone: 3, together: 100, cpu: 10, own: 80), [], 0),
        ("a busy machine", quick(alone: 6, together: 200, cpu: 30, own: 20, took: 120), [], 1),
        ("nobody knows the process", quick(alone: 6, together: 200, cpu: nil, own: 20), [], 1),
        ("nobody knows this program's share", quick(alone: 6, together: 200, cpu: 30, own: nil), [], 1),
        ("too quick, and idle", quick(alone: 1, together: 40, cpu: 2, own: 2), [], 1),
    ] as [(String, DoctorObservations, [DoctorFinding.Code], Int)])
    func quickCalls(name: String, seen: DoctorObservations, codes: [DoctorFinding.Code], undecided: Int) {
        let diagnosis = DoctorRules.diagnose(seen)
        #expect(diagnosis.findings.map(\.code) == codes && diagnosis.undecided.count == undecided, "\(name): \(diagnosis)")
        // The negative control: eight at once clear every one of them.
        var few = seen
        few.concurrency[0].wide = nil
        #expect(DoctorRules.diagnose(few).findings.isEmpty && DoctorRules.diagnose(few).sound.count == 1)
    }

    @Test("Waiting for the server's own storage is told from waiting for somebody else by the bytes", arguments: [
        (24 * 65_536.0, DoctorFinding.Code.ioBound), (24 * 4_096, .upstreamBound), (nil, .upstreamBound),
    ] as [(Double?, DoctorFinding.Code)])
    func storage(bytes: Double?, code: DoctorFinding.Code) {
        var seen = DoctorObservations()
        seen.quietBeats = Array(repeating: 2, count: 10)
        var one = DoctorObservations.Concurrency(
            operation: "work", alone: Array(repeating: 400, count: 5), width: 8, batches: Array(repeating: 421, count: 3), cpu: 48, beats: Array(repeating: 3, count: 12))
        one.stored = bytes
        seen.concurrency = [one]
        #expect(DoctorRules.diagnose(seen).findings.map(\.code) == [code])
    }

    @Test("A lost server is the gravest finding, whatever else was found, and says whether it is back", arguments: [
        (true, "was started anew"), (false, "No new connection is answered"), (nil, "the connection was lost."),
    ] as [(Bool?, String)])
    func lostServer(answersAgain: Bool?, words: String) throws {
        var seen = DoctorObservations()
        seen.listTimes = [700, 700, 700]
        seen.deafness = .init(taken: 8 << 20, growth: 64 << 20, stopped: false)
        seen.lost = ServerLoss(during: "quick calls", message: "the connection was lost", answersAgain: answersAgain)
        let diagnosis = DoctorRules.diagnose(seen)
        #expect(diagnosis.findings.map(\.code) == [.serverLost, .noBackPressure, .slowList] && !diagnosis.isHealthy)
        #expect(diagnosis.findings[0].sentence.contains("during quick calls") && diagnosis.findings[0].sentence.contains(words))
    }

    @Test("Healthy is said only where calls, stalls and growth could be told, as far as they were asked")
    func untold() {
        var seen = Self.quick(alone: 6, together: 40, cpu: 30, own: 20)
        seen.listTimes = [5, 5, 5]
        #expect(DoctorRules.diagnose(seen).isConclusive) // nobody asked for more
        seen.asked = Set(DoctorSubject.allCases)
        var diagnosis = DoctorRules.diagnose(seen)
        #expect(diagnosis.isHealthy && !diagnosis.isConclusive && diagnosis.untold == [.stalls, .growth])
        #expect(diagnosis.headline == "Not enough data: nothing is wrong with what could be told, but stalls and growth could not be.")
        seen.beats = .init(count: 200, median: 2, late: [], calls: 700, duration: 3000)
        seen.asked.remove(.growth)
        diagnosis = DoctorRules.diagnose(seen)
        #expect(diagnosis.isConclusive && diagnosis.headline.hasPrefix("Healthy"))
        // What is wrong is told, whatever else is not.
        seen.asked.insert(.growth)
        seen.listTimes = [700, 700, 700]
        #expect(DoctorRules.diagnose(seen).isConclusive)
    }
}
