import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProfiler
import InterlockProtocol
import InterlockTransport
import Synchronization
import Testing

@testable import InterlockDiagnostics

// In the pass of those whose time counts: rates and latencies are looked at.
extension FaultyServerTests {
    @Suite("Work that a server refuses", .timeLimit(.minutes(1)), .serialized)
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

        /// A server whose calls are refused, all or every third one, as HTTP 429 or as the same in JSON-RPC.
        private static func busy(every number: Int, asError: Bool = false) -> DiagnosedServer {
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
                        guard count.isMultiple(of: number) else { return .result(#"{"content":[]}"#) }
                        if asError { return .error(429) }
                        throw TransportError(.refused, "the server is overloaded (HTTP 429)")
                    case "tools/list": return .result(#"{"tools":[{"name":"work","inputSchema":{"type":"object"}}]}"#)
                    default: return .result("{}")
                    }
                })
            }
        }

        private static let work = [ProbeOperation.call(tool: "work", arguments: .emptyObject)]

        @Test("A part of a leak run goes on after a refusal, and counts only what was done", arguments: [true, false])
        func part(asError: Bool) async throws {
            let limits = LeakRun.Limits(duration: .seconds(600), idle: .zero, cycles: 300)
            let report = try await LeakRun(Self.busy(every: 3, asError: asError), limits: limits).run(Self.work)
            let part = try #require(report.parts.first)
            #expect(part.cycles == 300 && part.failures == 0 && part.ended == nil && report.loss == nil)
            #expect((140...160).contains(part.refused?.count ?? 0) && report.limits.contains { $0.contains("were refused and count for nothing") }, "\(report.limits)")
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
            let server = Self.busy(every: number)
            let report = try await ProfileRun(server, limits: .init(duration: .seconds(1), width: 1)) { _ in try FoldedStacks(parsing: "main thread;App`work 40\n") }.run(Self.work)
            let part = try #require(report.parts.first)
            #expect(part.failures > 0 && (part.failures == part.calls) == (number == 1) && report.hasOnlyFailures == (number == 1))
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
