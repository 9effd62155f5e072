import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Testing

@testable import InterlockDiagnostics

@Suite("Servers without tools", .timeLimit(.minutes(5)))
struct NoToolsTests {
    /// A server that has resources, and refuses every question for tools.
    private static func transport() -> ScriptedTransport {
        ScriptedTransport { method in
            switch method {
            case Method.discover: return .result(#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"resources":{}},"ttlMs":0}"#)
            case Method.initialize: return .result(#"{"protocolVersion":"2025-11-25","capabilities":{"resources":{}},"serverInfo":{"name":"s","version":"1"}}"#)
            case Method.ping: return .result("{}")
            default: return .error(-32601)
            }
        }
    }

    private static func server(_ era: ClientConfiguration.Era) -> DiagnosedServer {
        DiagnosedServer(era: era, isShared: true, isHTTP: false, process: { _ in StillProcess() }) { DiagnosedServer.Link(transport()) }
    }

    private static let eras = [ClientConfiguration.Era.automatic, .modern(), .legacy()]

    @Test("A probe asks for no list, says why, and finds nothing wrong")
    func probe() async {
        let target = Probe.Target { _ in Self.transport() }
        let report = await Probe(target).run()
        #expect(report.verdict == .healthy && report.eras.count == 2 && report.tools == 0)
        let lists = report.steps.filter { $0.name.hasSuffix("tools/list") }
        #expect(lists.count == 2 && lists.allSatisfy { $0.status == .skipped && $0.detail == "the server declares no tools" })
        // Who expects tools, or names one, is told that there are none.
        #expect(await Probe(target, expectedDigest: String(repeating: "0", count: 64)).run().verdict == .degraded)
        let named = await Probe(target, call: .init(tool: "now", arguments: .emptyObject)).run()
        #expect(named.verdict == .degraded && named.steps.contains { $0.detail == "the server lists no tool now" })
    }

    @Test("The control: one that declares tools and refuses to list them is degraded")
    func declared() async {
        let target = Probe.Target { _ in
            ScriptedTransport { method in
                switch method {
                case Method.discover: .result(#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0}"#)
                default: .error(-32601)
                }
            }
        }
        #expect(await Probe(target).run().verdict == .degraded)
    }

    @Test("Doctor examines what there is, and is sure of it", arguments: eras)
    func doctor(era: ClientConfiguration.Era) async throws {
        let subjects: Set<DoctorSubject> = [.lists, .calls, .stalls, .protocolRules]
        let (diagnosis, seen) = try await DoctorRun(Self.server(era), limits: .init(duration: .seconds(1)), subjects: subjects).run()
        #expect(diagnosis.findings.isEmpty && diagnosis.isConclusive && !diagnosis.sound.isEmpty, "\(diagnosis)")
        #expect(diagnosis.undecided == [Client.noTools] && seen.quietBeats.count == 10 && seen.protocolChecks > 0, "\(diagnosis.undecided)")
        // A tool that is named all the same is one that every call of which fails.
        await #expect(throws: RefusedTool.self) {
            try await DoctorRun(Self.server(era), subjects: [.lists]).run([.call(tool: "work", arguments: .emptyObject)])
        }
    }

    @Test("Leak cycles connections, each with a question that the server answers", arguments: eras)
    func leak(era: ClientConfiguration.Era) async throws {
        let limits = LeakRun.Limits(duration: .seconds(240), idle: .zero, cycles: 40)
        let report = try await LeakRun(Self.server(era), limits: limits).run()
        #expect(report.parts.map(\.operation) == [.connection] && report.limits == [Client.noTools], "\(report.limits)")
        #expect(report.parts.first.map { $0.cycles == 40 && $0.failures == 0 && $0.ended == nil } == true)
    }

    @Test("A report says that there are no tools in each step that would call one, and judges the rest", arguments: eras)
    func report(era: ClientConfiguration.Era) async throws {
        let limits = FiveStepsRun.Limits(duration: .seconds(1), steps: [.profile, .benchmark, .workers, .concurrency])
        let report = try await FiveStepsRun(Self.server(era), limits: limits).run(target: "s")
        #expect(report.steps.map(\.verdict) == [.undecided, .undecided, .undecided, .sound], "\(report.steps)")
        #expect(report.steps.first?.undecided.contains(Client.noTools) == true && report.steps[2].sentence.contains(Client.noTools))
        #expect(report.steps.last?.sentence.hasSuffix("no call was timed, alone or beside others.") == true)
    }

    @Test("A profile ends and says why", arguments: eras)
    func profile(era: ClientConfiguration.Era) async throws {
        let error = await #expect(throws: ProfileError.self) { try await ProfileRun(Self.server(era)).run() }
        #expect(error?.code == .noTools && error?.message.contains("declares no tools") == true)
    }
}

/// A process that keeps nothing.
private struct StillProcess: ProcessReading {
    var runtime: ServerRuntimeKind { .unknown }
    var processIdentifier: Int32 { 1 }

    func sample() -> ProcessSample? { ProcessSample(time: SystemClock.shared.now, privateDirty: 60 << 20) }
}
