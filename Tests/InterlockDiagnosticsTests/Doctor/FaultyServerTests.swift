import InterlockConcurrency
import InterlockDiagnostics
import InterlockJSON
import InterlockTransport
import Synchronization
import Testing

// One after the other: what is judged is time.
@Suite("Servers with a known fault", .timeLimit(.minutes(5)), .serialized)
struct FaultyServerTests {
    private static let work = [ProbeOperation.call(tool: "work", arguments: .emptyObject)]

    /// Two thousand calls, whatever time they take.
    private static func leak(_ fault: FaultyServer.Fault) async throws -> LeakReport {
        try await FaultyServer(fault).serving { server in
            try await LeakRun(server, limits: .init(duration: .seconds(240), idle: .milliseconds(20), cycles: 2000)).run(work)
        }
    }

    @Test("leak tells a kilobyte a call, a bounded cache and open descriptors apart", arguments: [
        (FaultyServer.Fault.none, GrowthJudgement.Verdict.noLeak), (.leaksPerCall, .leak), (.boundedCache, .plateau), (.leaksDescriptors, .leak),
    ])
    func leaks(fault: FaultyServer.Fault, verdict: GrowthJudgement.Verdict) async throws {
        let report = try await Self.leak(fault)
        let part = try #require(report.parts.last)
        #expect(part.cycles == 2000 && part.failures == 0)
        #expect(part.verdict == verdict)
        let memory = try #require(part.deciding.first)
        let descriptors = try #require(part.deciding.first { $0.quantity == .descriptors })
        if fault == .leaksPerCall { #expect(memory.judgement.slope?.slope == 1024) }
        if fault == .leaksDescriptors {
            #expect(memory.judgement.verdict == .noLeak)
            #expect(abs((descriptors.judgement.slope?.slope ?? 0) - 0.25) < 0.01)
        }
        #expect(report.snapshot?.contains("heaptrack") == true)
    }

    @Test("an interrupted leak keeps the kinds of work that were done, and says how many they are; without one it ends with the interruption", arguments: [1, 0])
    func interrupted(done: Int) async throws {
        let work = Self.work + [.listTools]
        let outcome = try await FaultyServer(.none).serving { server -> Result<LeakReport, any Error> in
            // Said by the run itself, in its own task.
            let progress: @Sendable (String) -> Void = { text in
                if text.hasPrefix("\(work[done]): ") { withUnsafeCurrentTask { $0?.cancel() } }
            }
            let limits = LeakRun.Limits(duration: .seconds(240), idle: .zero, cycles: 200)
            let run = Task { try await LeakRun(server, limits: limits, progress: progress).run(work) }
            return await run.result
        }
        switch outcome {
        case .success(let report):
            #expect(done == 1 && report.parts.map(\.operation) == [work[0]] && report.parts.first?.failures == 0)
            #expect(report.limits.first == "interrupted: 1 of 2 kinds of work were done")
        case .failure: #expect(done == 0)
        }
    }

    @Test("leak names the type whose objects are kept, with their number and bytes, and none where nothing is", arguments: [
        (FaultyServer.Fault.none, nil), (.leaksPerCall, "App.Listener: +1.00 objects a call, 1,008 bytes a call"),
    ] as [(FaultyServer.Fault, String?)])
    func objects(fault: FaultyServer.Fault, sentence: String?) async throws {
        let server = FaultyServer(fault)
        let report = try await server.serving { diagnosed in
            try await LeakRun(diagnosed, limits: .init(duration: .seconds(240), idle: .zero, cycles: 2000), census: { _ in server.census() }).run(Self.work)
        }
        #expect(report.objectSentence == sentence && report.countsObjects)
        #expect(report.verdict == (sentence == nil ? .noLeak : .leak))
        #expect(report.headline.contains("App.Listener") == (sentence != nil))
        let part = try #require(report.parts.last)
        #expect(part.objects?.contains { $0.kind == .swift("App.Session") } == false)
        #expect((part.foundObjects.first?.counts.points.count ?? 20) >= 20)
        let page = report.html(of: "server", time: 0)
        #expect(page.contains("Live objects by type") && page.contains("App.Listener") == (sentence != nil))
    }

    @Test("Without the library nothing is measured; a census that falls silent is told of, and what it said until then counts")
    func silentCensus() async throws {
        let limits = LeakRun.Limits(duration: .seconds(240), idle: .zero, cycles: 2000)
        let never = FaultyServer(.leaksPerCall)
        let error = try await never.serving { server in
            await #expect(throws: ObjectCensusError.self) { try await LeakRun(server, limits: limits, census: { _ in never.census(answers: 0) }).run(Self.work) }
        }
        #expect(error?.code == .noAnswer)
        let some = FaultyServer(.leaksPerCall)
        let report = try await some.serving { try await LeakRun($0, limits: limits, census: { _ in some.census(answers: 5) }).run(Self.work) }
        #expect(report.limits.contains { $0.contains("not counted to the end: it has ended") })
        #expect(report.verdict == .leak && report.objectSentence == nil)
    }

    @Test("A server whose process nobody knows is not judged, and the report says why")
    func unknownProcess() async throws {
        let report = try await FaultyServer(.leaksPerCall).serving { server in
            var server = server
            server.process = { _ in nil }
            return try await LeakRun(server).run(Self.work)
        }
        #expect(report.verdict == .notEnoughData)
        #expect(report.limits.first?.contains("--pid") == true)
    }

    private static func diagnosis(of fault: FaultyServer.Fault, seconds: Int) async throws -> Diagnosis {
        try await FaultyServer(fault).serving { server in
            try await DoctorRun(server, limits: .init(duration: .seconds(seconds))).run().diagnosis
        }
    }

    /// What was found, without what a busy machine does to time: `make prove` judges that, alone on its machine.
    private static func judged(_ diagnosis: Diagnosis, _ planted: [DoctorFinding.Code]) -> [DoctorFinding.Code] {
        diagnosis.findings.filter { $0.severity > .note }.map(\.code).filter { !ofTime.contains($0) || planted.contains($0) }
    }

    /// Findings that a busy machine can make of a sound server.
    private static let ofTime: Set<DoctorFinding.Code> = [
        .serialised, .paced, .blocksLoop, .computesOnLoop, .cpuBound, .upstreamBound, .stalls, .slowList, .slowSchema, .noAnswer,
    ]

    @Test("doctor names the fault, and clears the server that has none", arguments: [
        (FaultyServer.Fault.none, [DoctorFinding.Code]()), (.serialises, [.serialised]), (.waitsForUpstream, [.upstreamBound]), (.leaksPerCall, [.memoryPerCall]),
        (.leaksDescriptors, [.descriptors]), (.boundedCache, []),
    ])
    func doctor(fault: FaultyServer.Fault, codes: [DoctorFinding.Code]) async throws {
        var diagnosis = try await Self.diagnosis(of: fault, seconds: 4)
        // A busy machine makes fewer calls in that time.
        if Self.judged(diagnosis, codes) != codes { diagnosis = try await Self.diagnosis(of: fault, seconds: 12) }
        #expect(Self.judged(diagnosis, codes) == codes, "\(diagnosis)")
        #expect(codes.isEmpty || !diagnosis.isHealthy)
        #expect(!diagnosis.sound.isEmpty)
    }

    @Test("doctor looks for growth without calls before it asks anything: what an answer has freed is where that goes unseen")
    func idleFirst() async throws {
        let said = Mutex<[String]>([])
        try await FaultyServer(.none).serving { server in
            _ = try await DoctorRun(server, limits: .init(duration: .milliseconds(400))) { text in said.withLock { $0.append(text) } }.run()
        }
        #expect(said.withLock { $0.first } == "waiting without a call" && said.withLock { $0.contains("trying tools") })
    }

    @Test("doctor finds answers against the protocol", arguments: [
        (ManglingTransport.Fault.idsAsStrings, DoctorFinding.Code.wrongID), (.internalErrors, .wrongErrorCode), (.neverRefuses, .acceptsInvalid),
    ])
    func protocolFaults(fault: ManglingTransport.Fault, code: DoctorFinding.Code) async throws {
        let diagnosis = try await FaultyServer(.none).serving { server in
            // The first link is the client's own and stays sound; the second is for the questions about the protocol.
            let links = Atomic(0)
            var spoilt = server
            spoilt.open = {
                let link = server.open()
                guard links.add(1, ordering: .relaxed).newValue > 1, let transport = link.transport as? InMemoryClientTransport else { return link }
                return DiagnosedServer.Link(ManglingTransport(transport, fault))
            }
            return try await DoctorRun(spoilt, limits: .init(duration: .seconds(2))).run().diagnosis
        }
        #expect(Set(diagnosis.findings.map(\.code)).subtracting(Self.ofTime.subtracting([.noAnswer])) == [code], "\(diagnosis)")
    }
}
