import InterlockDiagnostics
import Testing

@Suite("What a doctor concludes")
struct DoctorRulesTests {
    typealias Concurrency = DoctorObservations.Concurrency

    /// A tool that takes `alone` ms, eight of it `together`, each with so much processor time, trivial requests taking `beat`.
    private static func tool(alone: Double, together: Double, cpu: Double?, beat: Double) -> DoctorObservations {
        var seen = DoctorObservations()
        seen.quietBeats = Array(repeating: 2, count: 10)
        seen.concurrency = [
            Concurrency(
                operation: "work", alone: Array(repeating: alone, count: 5), width: 8, batches: Array(repeating: together, count: 3), cpu: cpu.map { $0 * 24 },
                beats: Array(repeating: beat, count: 12)),
        ]
        return seen
    }

    private static func codes(_ seen: DoctorObservations) -> [DoctorFinding.Code] { DoctorRules.diagnose(seen).findings.map(\.code) }

    @Test("Time is put where it goes", arguments: [
        ("one at a time, idle, others go on", 20.0, 161.0, 1.0, 3.0, [DoctorFinding.Code.serialised]),
        ("let through by a quota", 23.0, 1984.0, 1.0, 3.0, [.paced]),
        ("as slow as a lock on a busy machine makes it", 20.0, 310.0, 1.0, 3.0, [.serialised]),
        ("one at a time on a machine that delays others a little", 24.3, 200.2, 2.2, 20.1, [.serialised]),
        ("computing on the loop", 28, 225, 27, 190, [.computesOnLoop]),
        ("computing beside the loop", 40, 165, 38, 4, [.cpuBound]),
        ("blocking the loop while it waits", 25, 201, 1, 170, [.blocksLoop]),
        ("slow behind the server, all at once", 400, 421, 2, 3, [.upstreamBound]),
        ("quick", 3, 14, 1.5, 4, []),
        ("quick on a busy machine", 9, 80, 8, 70, []),
        ("not slow enough to speak of, all at once", 60, 66, 2, 3, []),
        ("its own work takes it, a little each", 12, 88, 9, 8, []),
    ] as [(String, Double, Double, Double, Double, [DoctorFinding.Code])])
    func time(name: String, alone: Double, together: Double, cpu: Double, beat: Double, expected: [DoctorFinding.Code]) {
        #expect(Self.codes(Self.tool(alone: alone, together: together, cpu: cpu, beat: beat)) == expected, "\(name)")
    }

    @Test("Calls that fail only beside others are found from three on; what fails alone, or is refused with a word of it, is not held against them", arguments: [
        (14, 0, 0, [DoctorFinding.Code.failsAtOnce], 0, 0), (3, 9, 0, [.failsAtOnce], 0, 0), (2, 0, 0, [], 1, 0), (0, 14, 0, [], 0, 1), (14, 0, 1, [], 1, 0),
    ] as [(Int, Int, Int, [DoctorFinding.Code], Int, Int)])
    func rejected(failed: Int, refused: Int, failedAlone: Int, codes: [DoctorFinding.Code], undecided: Int, sound: Int) {
        let rejected = DoctorObservations.Rejected(failed: failed, refused: refused, of: 24, reason: "locked")
        // Without it, what they took would be one at a time; and of quick ones, many at once.
        for isWide in [false, true] {
            var seen = Self.tool(alone: isWide ? 3 : 20, together: isWide ? 24 : 161, cpu: 1, beat: 3)
            seen.concurrency[0].failedAlone = failedAlone
            if isWide {
                seen.concurrency[0].wide = .init(width: 64, batches: [192, 192, 192], cpu: 3, ownCPU: 3)
                seen.concurrency[0].wide?.rejected = rejected
            } else {
                seen.concurrency[0].rejected = rejected
            }
            let diagnosis = DoctorRules.diagnose(seen)
            #expect(diagnosis.findings.map(\.code) == codes && diagnosis.undecided.count == undecided && diagnosis.sound.count == sound, "\(diagnosis)")
        }
    }

    @Test("Without the process, waiting in line and a held loop are told apart by the trivial request alone")
    func withoutProcess() {
        #expect(Self.codes(Self.tool(alone: 20, together: 160, cpu: nil, beat: 3)) == [.serialised])
        #expect(Self.codes(Self.tool(alone: 20, together: 160, cpu: nil, beat: 150)) == [.blocksLoop])
    }

    @Test("Time on the run queue is the machine's, not a lock's")
    func runQueue() {
        var seen = Self.tool(alone: 20, together: 160, cpu: 5, beat: 3)
        #expect(Self.codes(seen) == [.serialised])
        seen.concurrency[0].contention = Contention(server: 340)
        let diagnosis = DoctorRules.diagnose(seen)
        #expect(diagnosis.findings.isEmpty && !diagnosis.undecided.isEmpty)
        #expect(diagnosis.undecided[0].contains("the machine is busy (of 480 ms the server's threads waited 340 ms for a processor)"), "\(diagnosis)")
    }

    @Test("Computing on the loop is seen on a busy machine too")
    func computingOnBusyMachine() {
        var seen = Self.tool(alone: 70, together: 500, cpu: 28, beat: 400)
        #expect(Self.codes(seen) == [.blocksLoop])
        seen.concurrency[0].contention = Contention(server: 750)
        #expect(Self.codes(seen) == [.computesOnLoop])
    }

    @Test("Two readings are not enough for anything")
    func tooLittle() {
        var seen = DoctorObservations()
        seen.listTimes = [900, 900]
        seen.concurrency = [Concurrency(operation: "work", alone: [20, 20], width: 8, batches: [160, 160])]
        seen.beats = .init(count: 5, median: 2, late: [.init(latency: 200), .init(latency: 200), .init(latency: 200)], calls: 5, duration: 1000)
        let diagnosis = DoctorRules.diagnose(seen)
        #expect(diagnosis.findings.isEmpty)
        #expect(diagnosis.undecided.count == 3)
    }

    @Test("Three stalls are a habit; those of this program or of the machine are not the server's", arguments: [
        (Array(repeating: DoctorObservations.Beats.Late(latency: 205, cpuShare: 0.05, contention: Contention(own: 1)), count: 6), 1),
        (Array(repeating: .init(latency: 205, cpuShare: 0.05, contention: Contention(own: 1)), count: 2), 0),
        (Array(repeating: .init(latency: 205, cpuShare: 0.05, contention: Contention(own: 180)), count: 6), 0),
        (Array(repeating: .init(latency: 205, cpuShare: 0.05, contention: Contention(server: 164, own: 1)), count: 6), 0),
        (Array(repeating: .init(latency: 205, cpuShare: 0.05, contention: Contention(stolen: 150)), count: 6), 0),
        (Array(repeating: .init(latency: 205, cpuShare: 0.05, contention: Contention(server: 60, own: 30, stolen: 20)), count: 6), 0),
        // On a busy machine the server stalls too: what is left of an answer's time is a stall by itself.
        (Array(repeating: .init(latency: 330, cpuShare: 0.05, contention: Contention(server: 90, own: 30)), count: 6), 1),
    ])
    func stalls(late: [DoctorObservations.Beats.Late], findings: Int) throws {
        var seen = DoctorObservations()
        seen.beats = .init(count: 200, median: 2, late: late, calls: 700, duration: 3000)
        let diagnosis = DoctorRules.diagnose(seen)
        #expect(diagnosis.findings.count == findings)
        #expect(diagnosis.undecided.count == (findings == 0 ? 1 : 0))
        if findings == 1 { #expect(try #require(diagnosis.findings.first).advice.contains("synchronous")) }
    }

    /// A timer that is late by `late` ms in so many of a hundred ticks, and on time in the others.
    private static func lateness(_ late: Double, in share: Int) -> LatencyHistogram {
        var ticks = LatencyHistogram()
        for number in 0..<300 { ticks.record(number % 100 < share ? .microseconds(Int(late * 1000)) : .microseconds(80)) }
        return ticks
    }

    @Test("A stall must stand out of this program's own lateness, as often as it comes", arguments: [
        ("a quiet machine", 0.1, 0, 1), ("late a little, always", 20, 100, 1), ("late as much, as often", 180, 5, 0), ("late by half, as often", 100, 5, 0),
        ("late as much, but far more rarely", 180, 1, 1), ("late by a little less than a third, always", 65, 100, 1),
        ("late by a third, always", 72, 100, 0), ("not measured", 0, -1, 1),
    ] as [(String, Double, Int, Int)])
    func ownLateness(name: String, late: Double, share: Int, findings: Int) {
        var seen = DoctorObservations()
        // Six of two hundred, each at a time when the own timer happened to be in time: as on a machine that delays another thread each time.
        seen.beats = .init(
            count: 200, median: 2, late: Array(repeating: .init(latency: 205, cpuShare: 0.05, contention: Contention(own: 1)), count: 6), calls: 700,
            duration: 3000, ownLateness: share < 0 ? LatencyHistogram() : Self.lateness(late, in: share))
        let diagnosis = DoctorRules.diagnose(seen)
        #expect(diagnosis.findings.count == findings, "\(name)")
        #expect(diagnosis.undecided.count { $0.contains("the machine is busy") } == 1 - findings, "\(name)")
    }

    @Test("A stall that computes gets the advice for computing, also where it has the processor half of the time only", arguments: [
        DoctorObservations.Beats.Late(latency: 205, cpuShare: 0.97), .init(latency: 400, cpuShare: 0.5, contention: Contention(server: 200)),
    ])
    func computingStall(late: DoctorObservations.Beats.Late) throws {
        var seen = DoctorObservations()
        seen.beats = .init(count: 200, median: 2, late: Array(repeating: late, count: 4), calls: 700, duration: 3000)
        let finding = try #require(DoctorRules.diagnose(seen).findings.first)
        #expect(finding.advice.contains("profile") && finding.sentence.contains("about 20"), "\(finding)")
    }

    @Test("Sessions that are lost, and such as do not end")
    func sessions() {
        var seen = DoctorObservations()
        seen.sessions = .init(opened: 3, requests: 24, lost: 0, answersAfterEnd: false)
        #expect(Self.codes(seen).isEmpty)
        seen.sessions = .init(opened: 3, requests: 24, lost: 5, answersAfterEnd: true)
        #expect(Self.codes(seen) == [.lostSessions, .undyingSessions])
    }

    @Test("A deaf client shows a server without back-pressure", arguments: [(64 << 20, false, 1), (64 << 20, true, 0), (1 << 20, false, 0)])
    func deafness(growth: Int, stopped: Bool, findings: Int) {
        var seen = DoctorObservations()
        seen.deafness = .init(taken: 8 << 20, growth: growth, stopped: stopped)
        #expect(DoctorRules.diagnose(seen).findings.count == findings)
    }

    @Test("What is counted and grows with every few calls is left behind; what a pool or a few calls may bring is not", arguments: [
        ([.init(.children, before: 0, after: 3_012, calls: 3_100)], [DoctorFinding.Code.children]),
        ([.init(.threads, before: 9, after: 1_609, calls: 3_100)], [.threads]),
        ([.init(.descriptors, before: 12, after: 1_570, calls: 3_100)], [.descriptors]),
        // Each child has a thread and pipes.
        ([.init(.descriptors, before: 12, after: 9_012, calls: 3_100), .init(.threads, before: 9, after: 3_009, calls: 3_100), .init(.children, before: 0, after: 3_000, calls: 3_100)], [.children]),
        ([.init(.threads, before: 9, after: 158, calls: 600)], []),
        ([.init(.threads, before: 9, after: 390, calls: 3_100)], []),
        ([.init(.threads, before: 9, after: 400, calls: 3_100)], [.threads]),
        ([.init(.threads, before: 9, after: 73, calls: 60), .init(.descriptors, before: 12, after: 76, calls: 60), .init(.children, before: 0, after: 8, calls: 60)], []),
        ([.init(.threads, before: 900, after: 9, calls: 3_100)], []),
    ] as [([DoctorObservations.Counted], [DoctorFinding.Code])])
    func counted(counts: [DoctorObservations.Counted], codes: [DoctorFinding.Code]) {
        var seen = DoctorObservations()
        seen.counted = counts
        #expect(Self.codes(seen) == codes)
    }

    @Test("Lists that are slow or large")
    func lists() {
        var seen = DoctorObservations()
        (seen.listTimes, seen.listBytes, seen.toolCount) = ([700, 710, 690], 300 * 1024, 400)
        #expect(Set(Self.codes(seen)) == [.slowList, .largeList])
    }

    @Test("Calls that are never answered, and breaches of the protocol")
    func others() {
        var seen = DoctorObservations()
        seen.concurrency = [Concurrency(operation: "hang", alone: [], width: 8, batches: [], unanswered: 1)]
        seen.breaches = [.init(.wrongID, "wrong"), .init(.wrongErrorCode, "wrong")]
        #expect(Set(Self.codes(seen)) == [.noAnswer, .wrongID, .wrongErrorCode])
    }

    @Test("The gravest comes first, whatever the order it was seen in", arguments: 1...20 as ClosedRange<UInt64>)
    func order(seed: UInt64) {
        var simulation = SimulatedSeries(seed: seed)
        var seen = Self.tool(alone: 400, together: 421, cpu: 2, beat: 3)
        seen.concurrency += Self.tool(alone: 20, together: 161, cpu: 1, beat: 3).concurrency + Self.tool(alone: 28, together: 225, cpu: 27, beat: 190).concurrency
        seen.concurrency.shuffle(using: &simulation.random)
        seen.listTimes = [700, 700, 700]
        let severities = DoctorRules.diagnose(seen).findings.map(\.severity)
        #expect(severities.count == 4)
        #expect(severities == severities.sorted(by: >))
    }

    @Test("Nothing seen is nothing said")
    func nothing() {
        let diagnosis = DoctorRules.diagnose(DoctorObservations())
        #expect(diagnosis.findings.isEmpty && diagnosis.sound.isEmpty)
    }
}
