import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProfiler
import InterlockProtocol
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@testable import InterlockDiagnostics

// In the pass of those whose time counts: rates and latencies are looked at.
extension FaultyServerTests {
    @Suite("Work that a server refuses", .timeLimit(.minutes(5)), .serialized)
    struct RefusedWorkTests {
        /// What becomes of a session that there is no room for.
        enum Refusal: Sendable, CaseIterable {
            /// HTTP 429, as the transport says it.
            case overloaded
            /// An error of JSON-RPC.
            case error
            /// The connection is lost, and the next one is not.
            case broken
        }

        /// A server of the legacy era that keeps 50 KB for each session, has room for so many of them and gives them ids, or none.
        private static func server(rooms: Int, _ refusal: Refusal = .overloaded, hasSessions: Bool = true) -> DiagnosedServer {
            let begun = Mutex(0)
            let process: @Sendable (Int32?) -> (any ProcessReading)? = { _ in GrowingProcess { begun.withLock { 60 << 20 + min($0, rooms) * 50 << 10 } } }
            return DiagnosedServer(era: .legacy(), isShared: true, isHTTP: true, process: process) {
                let transport = ScriptedTransport { method in
                    switch method {
                    case "initialize":
                        let number = begun.withLock { begun in
                            begun += 1
                            return begun
                        }
                        let isRefused = refusal == .broken ? number == rooms + 1 : number > rooms
                        guard isRefused else {
                            return .result(#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}"#)
                        }
                        switch refusal {
                        case .overloaded: throw TransportError(.refused, "the server is overloaded (HTTP 429)")
                        case .error: return .error(-32000)
                        case .broken: throw TransportError(.closed, "the connection was lost")
                        }
                    case "tools/list": return .result(#"{"tools":[]}"#)
                    default: return .result("{}")
                    }
                }
                return DiagnosedServer.Link(transport, sessionID: { hasSessions ? "s" : nil })
            }
        }

        private static func abandoned(_ server: DiagnosedServer) async throws -> LeakReport {
            let limits = LeakRun.Limits(duration: .seconds(600), idle: .zero, cycles: 40, sessionLifetime: .milliseconds(1))
            return try await LeakRun(server, limits: limits).run([.listTools, .abandonedSession])
        }

        @Test("Sessions that are refused are none: what is held of the others is not told, and said why", arguments: Refusal.allCases)
        func refused(refusal: Refusal) async throws {
            let report = try await Self.abandoned(Self.server(rooms: 61, refusal))
            let seen = try #require(report.abandoned)
            #expect(seen.verdict == .notEnoughData && report.verdict == .notEnoughData && report.loss == nil)
            // Beside the run's own; those that were under way when one was lost are not counted.
            #expect(refusal == .broken ? (56...60).contains(seen.sessions) : seen.sessions == 60, "\(seen.sessions)")
            #expect(seen.ended != nil && seen.sentence.contains("and then no more ("))
            #expect(report.parts.map(\.operation) == [.listTools], "what was done before is kept")
            #expect(report.headline.contains("sessions that nobody ends cannot be told"), "\(report.headline)")
        }

        @Test("The control: where there is room for all of them they are told")
        func room() async throws {
            let seen = try #require(try await Self.abandoned(Self.server(rooms: 1 << 20)).abandoned)
            #expect(seen.verdict == .held && seen.sessions == 224 && seen.ended == nil)
        }

        @Test("A server without sessions has none that could be left")
        func none() async throws {
            let seen = try #require(try await Self.abandoned(Self.server(rooms: 1 << 20, hasSessions: false)).abandoned)
            #expect(seen.verdict == .notEnoughData && seen.sessions == 0 && seen.ended == "the server gave no session")
        }

        /// How a call ends that is not served.
        enum Ending: Sendable, CaseIterable {
            /// HTTP 429, as the transport says it.
            case overloaded
            /// The same as an error of JSON-RPC.
            case error
            /// A result in which a policy of the server says that there was no room.
            case policy
            /// The control: a result that says the same, and not that it is the server's: the tool was run, and failed.
            case tool
        }

        /// A server whose calls end so, all or every third one; `heard` is told of each, with its number, before it is answered.
        private static func busy(
            every number: Int, _ ending: Ending = .overloaded, heard: @escaping @Sendable (_ count: Int) -> Void = { _ in }
        ) -> DiagnosedServer {
            let calls = Mutex(0)
            return DiagnosedServer(era: .legacy(), isShared: true, isHTTP: true, process: { _ in GrowingProcess { 60 << 20 } }) {
                DiagnosedServer.Link(ScriptedTransport { method in
                    switch method {
                    case "initialize": return .result(#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}"#)
                    case "tools/call":
                        let count = calls.withLock { calls in
                            calls += 1
                            return calls
                        }
                        heard(count)
                        guard count.isMultiple(of: number) else { return .result(#"{"content":[]}"#) }
                        let text = #""isError":true,"content":[{"type":"text","text":"Busy: 'work' was not run"}]"#
                        switch ending {
                        case .overloaded: throw TransportError(.refused, "the server is overloaded (HTTP 429)")
                        case .error: return .error(429)
                        case .policy: return .result(#"{\#(text),"_meta":{"interlock/busy":{"retryAfterSeconds":1}}}"#)
                        case .tool: return .result("{\(text)}")
                        }
                    case "tools/list": return .result(#"{"tools":[{"name":"work","inputSchema":{"type":"object"}}]}"#)
                    default: return .result("{}")
                    }
                })
            }
        }

        private static let work = [ProbeOperation.call(tool: "work", arguments: .emptyObject)]

        /// Three hundred cycles of a tool of which every third call ends so.
        private static func cycled(_ ending: Ending, _ work: [ProbeOperation] = Self.work) async throws -> (part: LeakReport.Part, report: LeakReport) {
            let limits = LeakRun.Limits(duration: .seconds(600), idle: .zero, cycles: 300)
            let report = try await LeakRun(Self.busy(every: 3, ending), limits: limits).run(work)
            return (try #require(report.parts.first), report)
        }

        @Test("A part of a leak run goes on after a refusal, and counts only what was done", arguments: [Ending.overloaded, .error, .policy])
        func part(ending: Ending) async throws {
            let (part, report) = try await Self.cycled(ending)
            #expect(part.cycles == 300 && part.failures == 0 && part.ended == nil && report.loss == nil)
            #expect((140...160).contains(part.refused?.count ?? 0) && report.limits.contains { $0.contains("were refused and count for nothing") }, "\(report.limits)")
        }

        @Test("The control: a tool that was run and failed is a cycle that failed, whatever it says")
        func failed() async throws {
            let (part, report) = try await Self.cycled(.tool)
            #expect(part.cycles == 300 && (95...105).contains(part.failures) && part.refused == nil, "\(part.failures)")
            #expect(report.limits.isEmpty, "\(report.limits)")
        }

        @Test("Calls that are made to fail fail; what a policy refused of them is not among them", arguments: [Ending.policy, .tool])
        func madeToFail(ending: Ending) async throws {
            for operation in [ProbeOperation.failingCall, .refusedCall(tool: "work", arguments: .emptyObject)] {
                let (part, _) = try await Self.cycled(ending, [operation])
                #expect(part.cycles == 300 && part.failures == 0, "\(operation)")
                #expect((part.refused != nil) == (ending == .policy), "\(operation)")
            }
        }

        @Test("Doctor on a tool with a policy says that it was refused, and looks at the rest", arguments: [true, false])
        func doctor(isRefused: Bool) async throws {
            let server = Self.busy(every: isRefused ? 4 : .max, .policy)
            let (diagnosis, seen) = try await DoctorRun(server, limits: .init(duration: .seconds(1)), subjects: [.lists, .calls]).run(Self.work)
            #expect(seen.lost == nil && seen.toolCount == 1 && seen.quietBeats.count == 10)
            #expect(diagnosis.undecided.contains { $0.contains("Busy: 'work' was not run") } == isRefused, "\(diagnosis.undecided)")
        }

        @Test("A report does not call a busy server a lost one, and takes no refusal for a quick call", arguments: [1, 3])
        func profile(every number: Int) async throws {
            let limits = FiveStepsRun.Limits(duration: .milliseconds(200), steps: [.profile])
            let report = try await FiveStepsRun(Self.busy(every: number), limits: limits).run(target: "busy", operations: Self.work)
            let step = try #require(report.steps.first)
            #expect(step.verdict != .fault && step.undecided.contains { $0.contains("which were refused") }, "\(step)")
            #expect(step.figures.contains { $0.name.hasPrefix("slowest call") } == (number > 1))
        }

        @Test("A step whose server is lost is a fault, and one that breaks off while the server answers is not", arguments: [true, false])
        func broken(isLost: Bool) async throws {
            let calls = Mutex(0)
            let server = DiagnosedServer(era: .legacy(), isShared: true, isHTTP: true) {
                DiagnosedServer.Link(ScriptedTransport { method in
                    let isOver = calls.withLock { $0 > 0 }
                    if isOver, isLost { throw TransportError(.unreachable, "nobody listens") }
                    switch method {
                    case "initialize": return .result(#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}"#)
                    case "tools/call":
                        calls.withLock { $0 += 1 }
                        throw TransportError(.closed, "the connection was lost")
                    default: return .result(#"{"tools":[]}"#)
                    }
                })
            }
            let report = try await FiveStepsRun(server, limits: .init(duration: .milliseconds(200), steps: [.profile])).run(target: "s", operations: Self.work)
            #expect(report.steps.first?.verdict == (isLost ? .fault : .undecided), "\(report.steps)")
            #expect(report.steps.first?.sentence.hasPrefix(isLost ? "The server was lost during this step" : "It broke off") == true)
        }

        @Test("Refused calls of a profile are failures of their tool, and the profile is kept", arguments: [1, 3])
        func profiled(every number: Int) async throws {
            let clock = ManualClock()
            // The second is over with the sixth call.
            let server = Self.busy(every: number) { count in if count == 6 { clock.advance(by: .seconds(1)) } }
            let sampler: ProfileRun.OwnSampler = { _ in try FoldedStacks(parsing: "main thread;App`work 40\n") }
            let report = try await ProfileRun(server, limits: .init(duration: .seconds(1), width: 1), ownSampler: sampler, clock: clock).run(Self.work)
            let part = try #require(report.parts.first)
            #expect(part.calls == 6 && part.failures == 6 / number && report.hasOnlyFailures == (number == 1))
            #expect(!ProfileReport(parts: [], runtime: .unknown, notes: []).hasOnlyFailures)
            let uncalled = ProfileReport.Part(operation: Self.work[0], calls: 0, failures: 0, seconds: 1, onProcessor: FoldedStacks(), method: "perf")
            #expect(!ProfileReport(parts: [uncalled], runtime: .unknown, notes: []).hasOnlyFailures)
        }
    }
}

/// A process of which only the memory is known.
private struct GrowingProcess: ProcessReading {
    var bytes: @Sendable () -> Int
    var runtime: ServerRuntimeKind { .unknown }
    var processIdentifier: Int32 { 1 }

    init(_ bytes: @escaping @Sendable () -> Int) { self.bytes = bytes }

    func sample() -> ProcessSample? { ProcessSample(time: SystemClock.shared.now, privateDirty: bytes()) }
}
