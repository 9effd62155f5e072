import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

// In the pass of those whose time counts: connections are made and calls are cancelled again and again.
extension FaultyServerTests {
    @Suite("Which kinds of work leak cycles", .timeLimit(.minutes(5)), .serialized)
    struct LeakPlanTests {
        /// A server with a tool that does not say that it only reads, and perhaps another one that does and wants an argument.
        private static func server(isShared: Bool = true, reads: Bool = true) -> DiagnosedServer {
            let writing = #"{"name":"write","inputSchema":{"type":"object"}}"#
            let reading = #"{"name":"read","inputSchema":{"type":"object","required":["id"]},"annotations":{"readOnlyHint":true}}"#
            let tools = reads ? "\(writing),\(reading)" : writing
            return DiagnosedServer(era: .legacy(), isShared: isShared, isHTTP: isShared, process: { _ in SteadyProcess() }) {
                let transport = ScriptedTransport { method in
                    switch method {
                    case "initialize": .result(#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}"#)
                    case "tools/list": .result(#"{"tools":[\#(tools)]}"#)
                    case "tools/call": .result(#"{"content":[]}"#)
                    default: .result("{}")
                    }
                }
                return DiagnosedServer.Link(transport, sessionID: { "s" })
            }
        }

        private static let arguments = RawJSON(["text": "a"] as JSONValue)
        private static let work = [ProbeOperation.call(tool: "write", arguments: arguments), .call(tool: "read", arguments: arguments)]

        private static func leak(_ server: DiagnosedServer, _ work: [ProbeOperation], isWhole: Bool) async throws -> LeakReport {
            let limits = LeakRun.Limits(duration: .seconds(600), idle: .zero, cycles: 40, sessionLifetime: .milliseconds(1))
            return try await LeakRun(server, limits: limits).run(work, isWhole: isWhole)
        }

        @Test("Tools that are named are cycled alone: one line says what was left out and how to have it, and no verdict changes for it")
        func named() async throws {
            let report = try await Self.leak(Self.server(), Self.work, isWhole: false)
            #expect(report.parts.compactMap(\.operation) == Self.work && report.abandoned == nil)
            let note = try #require(report.leftOut)
            let kinds = "tools/list, calls that fail, calls that are refused, calls that are cancelled, connections, sessions, sessions that nobody ends"
            #expect(note.contains(": \(kinds); with --all") && !note.contains("\n"), "\(note)")
            #expect(report.limits.isEmpty && report.notes == [note] && report.verdict == .noLeak)
            #expect(report.headline == "No leak in 80 cycles.", "\(report.headline)")
            #expect(report.html(of: "server", time: 0).contains("with --all"))
        }

        @Test("No kind of work is begun when those before it took twice the time there is, and the report names what was left out")
        func late() async throws {
            let clock = ManualClock()
            let server = DiagnosedServer(era: .legacy(), isShared: false, isHTTP: false, process: { _ in SteadyProcess() }) {
                DiagnosedServer.Link(ScriptedTransport { method in
                    switch method {
                    case "initialize": return .result(#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}"#)
                    case "tools/call":
                        clock.advance(by: .seconds(6))
                        return .result(#"{"content":[]}"#)
                    default: return .result("{}")
                    }
                })
            }
            let limits = LeakRun.Limits(duration: .seconds(20), idle: .zero, cycles: 8, workers: 1)
            // One call of each takes more than its share.
            let work = (0..<9).map { ProbeOperation.call(tool: "t\($0)", arguments: Self.arguments) }
            let report = try await LeakRun(server, limits: limits, clock: clock).run(work)
            #expect(report.parts.compactMap(\.operation) == Array(work.prefix(7)))
            #expect(report.limits.contains { $0.hasPrefix("t7, t8: left out, because the rest took twice the time there is") }, "\(report.limits)")
        }

        @Test("Where there is too little data the reason stands in the headline, and not what was left out")
        func shortage() async throws {
            let limits = LeakRun.Limits(duration: .seconds(600), idle: .zero, cycles: 4)
            let report = try await LeakRun(Self.server(), limits: limits).run(Self.work)
            #expect(report.verdict == .notEnoughData && report.leftOut != nil)
            #expect(report.headline == "Not enough data: no kind of work was done often enough.", "\(report.headline)")
        }

        @Test("With every other kind of work besides, calls of the first tool that is named are cancelled, with its arguments")
        func whole() async throws {
            let report = try await Self.leak(Self.server(), Self.work, isWhole: true)
            let seen = report.parts.compactMap(\.operation)
            let expected = ["write", "read", "tools/list", "calls that fail", "read, refused", "write, cancelled", "connections", "sessions"]
            #expect(seen.map(\.description) == expected)
            #expect(seen.contains(.cancelledCall(tool: "write", arguments: Self.arguments)))
            #expect(report.parts.allSatisfy { $0.cycles == 40 && $0.failures == 0 && $0.ended == nil } && report.abandoned?.sessions == 224)
            #expect(report.leftOut == nil && report.limits.isEmpty, "\(report.notes)")
        }

        @Test("Only tools that say that they only read are called with what they refuse; nothing that was given is done twice")
        func once() async throws {
            let work = [Self.work[0], .listTools]
            let seen = try await Self.leak(Self.server(reads: false), work, isWhole: true).parts.compactMap(\.operation)
            #expect(seen.map(\.description) == ["write", "tools/list", "calls that fail", "write, cancelled", "connections", "sessions"])
        }

        @Test("Of a server that is started for each connection neither connections nor sessions are cycled, and it is said", arguments: [true, false])
        func started(isWhole: Bool) async throws {
            let report = try await Self.leak(Self.server(isShared: false), Self.work, isWhole: isWhole)
            #expect(report.parts.contains { $0.operation == .connection || $0.operation == .session } == false && report.abandoned == nil)
            #expect(report.leftOut?.contains("connections") != true && (report.leftOut == nil) == isWhole, "\(report.notes)")
            #expect(report.limits.contains { $0.hasPrefix("connections and sessions were not cycled") } == isWhole)
        }

        @Test("Nothing is said to be left out where no tool was named")
        func unnamed() async throws {
            #expect(try await Self.leak(Self.server(), [.listTools, .connection], isWhole: false).leftOut == nil)
            let all: [ProbeOperation] = [
                .listTools, .failingCall, .refusedCall(tool: "read", arguments: .emptyObject), .cancelledCall(tool: "write", arguments: .emptyObject),
                .connection, .session, .abandonedSession,
            ]
            let run = LeakRun(Self.server())
            #expect(run.leftOut(besides: nil, isWhole: false) == nil && run.leftOut(besides: Self.work + all, isWhole: false) == nil)
            let note = run.leftOut(besides: Self.work + Array(all.dropLast()), isWhole: false)
            #expect(note?.contains(": sessions that nobody ends;") == true, "\(note ?? "nothing")")
        }
    }
}

/// A process that keeps nothing.
private struct SteadyProcess: ProcessReading {
    var runtime: ServerRuntimeKind { .unknown }
    var processIdentifier: Int32 { 1 }

    func sample() -> ProcessSample? { ProcessSample(time: SystemClock.shared.now, privateDirty: 60 << 20) }
}
