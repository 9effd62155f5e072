import InterlockConcurrency
import Testing

@testable import InterlockDiagnostics

@Suite("What a busy machine does is not the server's doing")
struct ContentionTests {
    typealias Concurrency = DoctorObservations.Concurrency

    private static func ns(_ milliseconds: Double) -> Int64 { Int64(milliseconds * 1e6) }
    private static func time(_ milliseconds: Int) -> MonotonicTime { .zero + .milliseconds(milliseconds) }

    /// A process whose threads have computed so long, and have waited together so long for a processor.
    private static func process(at milliseconds: Int, cpu: [Double], waited: Double?) -> ProcessSample {
        ProcessSample(
            time: time(milliseconds), runQueueNanoseconds: waited.map(ns),
            threadUse: cpu.enumerated().map { .init(id: Int32($0), name: "t\($0)", cpuNanoseconds: ns($1)) })
    }

    private static func machine(at milliseconds: Int, stolen: Double = 0, pressure: Double? = 0, own: [Double] = [0]) -> MachineSample {
        MachineSample(
            time: time(milliseconds), processors: 2, stolenNanoseconds: ns(stolen), pressureNanoseconds: pressure.map(ns),
            ownWaits: Dictionary(uniqueKeysWithValues: own.enumerated().map { (Int32($0), ns($1)) }))
    }

    @Test("Two readings, 1,000 ms apart, tell what the machine took", arguments: [
        ("nothing", [50.0], 0.0, machine(at: 2000), Contention(pressure: 0)),
        ("a thread that others kept waiting", [200], 700, machine(at: 2000, pressure: 990), Contention(server: 700, pressure: 0.99)),
        // Four threads of its own on two processors: whoever waits there waits for the server.
        ("a server that crowds itself out", [500, 500, 500, 500], 2000, machine(at: 2000), Contention(server: 500, pressure: 0)),
        ("a hypervisor that gives less", [50], 10, machine(at: 2000, stolen: 400), Contention(server: 10, stolen: 400, pressure: 0)),
        ("this program by the one of its threads that waited longest", [50], 0, machine(at: 2000, own: [300, 120]), Contention(own: 300, pressure: 0)),
        ("threads that may not be read, on a machine that has a queue", [], nil, machine(at: 2000, pressure: 600), Contention(server: 600, pressure: 0.6)),
        ("a server that is elsewhere", [], nil, machine(at: 2000, pressure: nil, own: [7]), Contention(own: 7)),
    ] as [(String, [Double], Double?, MachineSample, Contention)])
    func readings(name: String, cpu: [Double], waited: Double?, after: MachineSample, expected: Contention) {
        let use = cpu.isEmpty ? nil : ProcessUse(
            Self.process(at: 1000, cpu: cpu.map { _ in 0 }, waited: 0), Self.process(at: 2000, cpu: cpu, waited: waited))
        #expect(Contention(use, Self.machine(at: 1000, pressure: after.pressureNanoseconds == nil ? nil : 0), after) == expected, "\(name)")
    }

    @Test("Without readings of the machine, the waiting of the server's threads counts as it is, and without any nothing does")
    func noReadings() {
        let use = ProcessUse(Self.process(at: 0, cpu: [0], waited: 0), Self.process(at: 100, cpu: [5], waited: 60))
        #expect(Contention(use, nil, nil) == Contention(server: 60))
        #expect(Contention(nil, nil, nil) == Contention())
    }

    @Test("Never negative, and never more is left than there was", arguments: 1...20 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var simulation = SimulatedSeries(seed: seed)
        func value() -> Double { Double.random(in: 0...500, using: &simulation.random) }
        for _ in 0..<200 {
            // Counters that went backwards too: threads that have ended.
            let use = ProcessUse(Self.process(at: 0, cpu: [value(), value()], waited: value()), Self.process(at: 100, cpu: [value(), value()], waited: value()))
            let contention = Contention(
                use, Self.machine(at: 0, stolen: value(), pressure: value(), own: [value()]),
                Self.machine(at: 100, stolen: value(), pressure: value(), own: [value()]))
            #expect(contention.server >= 0 && contention.own >= 0 && contention.stolen >= 0 && (0...1).contains(contention.pressure ?? 0))
            let time = value()
            #expect((0...time).contains(contention.rest(of: time)))
        }
    }

    /// A tool that takes `alone` ms, eight of it `together`, three times, on a machine that took so much of the one and of the other.
    private static func busy(
        alone: Double, together: Double, cpu: Double, aloneCPU: Double? = nil, beat: Double, took: Double, tookAlone: Double
    ) -> DoctorObservations {
        var seen = DoctorObservations()
        seen.quietBeats = Array(repeating: 3, count: 10)
        seen.concurrency = [
            Concurrency(
                operation: "work", alone: Array(repeating: alone, count: 5), width: 8, batches: Array(repeating: together, count: 3), cpu: cpu * 24,
                aloneCPU: aloneCPU.map { $0 * 5 }, contention: Contention(server: took * 3), aloneContention: Contention(server: tookAlone * 5),
                beats: Array(repeating: beat, count: 12)),
        ]
        return seen
    }

    @Test("A sound tool on a busy machine is accused of nothing, and would be without the discount", arguments: [
        // What was measured accuses; what is left when the machine's part is gone does not.
        ("waits in line, it seems", busy(alone: 16, together: 120, cpu: 3, beat: 12, took: 80, tookAlone: 11), DoctorFinding.Code.serialised),
        ("holds the loop, it seems", busy(alone: 16, together: 120, cpu: 3, beat: 90, took: 80, tookAlone: 11), .blocksLoop),
        ("is let through at a pace, it seems", busy(alone: 12, together: 260, cpu: 3, beat: 9, took: 200, tookAlone: 4), .paced),
        ("waits for an upstream, it seems", busy(alone: 170, together: 190, cpu: 2, beat: 9, took: 40, tookAlone: 60), .upstreamBound),
        ("was slow only alone", busy(alone: 18, together: 150, cpu: 4, beat: 9, took: 10, tookAlone: 12), .serialised),
    ])
    func cleared(name: String, seen: DoctorObservations, accused: DoctorFinding.Code) {
        let diagnosis = DoctorRules.diagnose(seen)
        #expect(diagnosis.findings.isEmpty, "\(name): \(diagnosis.findings)")
        #expect(diagnosis.undecided.count == 1 && diagnosis.undecided.allSatisfy { $0.contains("the machine is busy (of ") }, "\(name): \(diagnosis.undecided)")
        #expect(diagnosis.disturbed.map(\.code) == [accused])
        // A report says neither that all is well nor that anything is wrong.
        let steps = [WorkersStep.outcome(seen, width: 8), ConcurrencyStep.outcome(seen, width: 8)]
        let told = steps.filter { $0.step == accused.step }
        #expect(told.count == 1 && told.allSatisfy { $0.verdict == .undecided && $0.sentence.contains("the machine is busy") }, "\(name): \(told)")
        var undiscounted = seen
        (undiscounted.concurrency[0].contention, undiscounted.concurrency[0].aloneContention) = (Contention(), Contention())
        #expect(DoctorRules.diagnose(undiscounted).findings.map(\.code) == [accused], "\(name)")
    }

    @Test("A fault on a busy machine is named all the same: its threads slept or computed, and did not wait for a processor", arguments: [
        ("one at a time", busy(alone: 28, together: 260, cpu: 2, beat: 14, took: 90, tookAlone: 8), DoctorFinding.Code.serialised),
        ("one at a time, told by a hair", busy(alone: 27, together: 180, cpu: 2, beat: 14, took: 49, tookAlone: 7), .serialised),
        // A call computes for 4 ms; the trivial requests beside it compute, too, while it waits.
        ("one at a time, while the server computes for others", busy(alone: 31, together: 190, cpu: 10, aloneCPU: 4, beat: 20, took: 66, tookAlone: 12), .serialised),
        ("holds the loop", busy(alone: 32, together: 290, cpu: 1, beat: 230, took: 90, tookAlone: 8), .blocksLoop),
        ("computes on the loop", busy(alone: 70, together: 500, cpu: 28, beat: 400, took: 250, tookAlone: 40), .computesOnLoop),
        ("waits for an upstream", busy(alone: 450, together: 500, cpu: 2, beat: 9, took: 80, tookAlone: 50), .upstreamBound),
    ])
    func named(name: String, seen: DoctorObservations, code: DoctorFinding.Code) {
        let diagnosis = DoctorRules.diagnose(seen)
        #expect(diagnosis.findings.map(\.code) == [code], "\(name): \(diagnosis)")
        #expect(diagnosis.findings[0].evidence.contains { $0.name == "kept from it by the machine" })
    }

    @Test("Requests beside the calls compute too: what one call costs alone decides whether it computes")
    func beatsCompute() {
        // Twelve milliseconds of processor a call in batches, seven of a call alone: the rest are the trivial requests.
        let seen = Self.busy(alone: 24, together: 100, cpu: 12, aloneCPU: 7, beat: 8, took: 20, tookAlone: 4)
        #expect(DoctorRules.diagnose(seen).findings.isEmpty)
        let without = Self.busy(alone: 24, together: 100, cpu: 12, beat: 8, took: 20, tookAlone: 4)
        #expect(DoctorRules.diagnose(without).findings.map(\.code) == [.cpuBound])
    }

    @Test("A call whose threads waited for a processor is not one that computes")
    func waitingIsNotComputing() {
        // Twelve of 412 ms are computing; on this machine the threads waited for nearly all of the rest.
        let seen = Self.busy(alone: 412, together: 450, cpu: 12, beat: 8, took: 400, tookAlone: 40)
        #expect(!DoctorRules.diagnose(seen).findings.contains { $0.code == .cpuBound })
    }
}
