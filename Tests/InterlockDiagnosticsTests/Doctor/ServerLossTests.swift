import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Testing

@testable import InterlockDiagnostics

// In the pass of those whose time counts: a link that nobody gets to serve for half a minute is a lost one.
extension FaultyServerTests {
    @Suite("A server that dies under a diagnosis", .timeLimit(.minutes(5)), .serialized)
    struct ServerLossTests {
        private static let work = [ProbeOperation.call(tool: "work", arguments: .emptyObject)]

        /// Runs `body` against a server that ends after so many calls.
        private static func dying<Result: Sendable>(after calls: Int, _ body: (DiagnosedServer) async throws -> Result) async throws -> Result {
            let mortality = Mortality(calls: calls)
            return try await FaultyServer(.none, links: 8).serving { server in
                var dying = server
                dying.open = { DiagnosedServer.Link(DyingTransport(server.open().transport, mortality)) }
                return try await body(dying)
            }
        }

        @Test("doctor names it and keeps what it had seen; the same server that stays is not accused", arguments: [(100, true), (Int.max, false)])
        func doctor(calls: Int, dies: Bool) async throws {
            let (diagnosis, seen) = try await Self.dying(after: calls) { try await DoctorRun($0, limits: .init(duration: .seconds(2))).run(Self.work) }
            #expect(diagnosis.findings.contains { $0.code == .serverLost } == dies, "\(diagnosis)")
            #expect(seen.listTimes.count == 3 && seen.quietBeats.count == 10 && seen.concurrency.count == 1)
            #expect((seen.lost?.answersAgain == false) == dies)
            #expect(seen.omitted.contains { $0.subject == .protocolRules && $0.reason.contains("lost before") } == dies)
            if dies { #expect(diagnosis.findings.first?.sentence.contains("during calls of work, alone and 8 at once") == true && !diagnosis.isHealthy) }
        }

        @Test("leak ends with what it had read, and says so", arguments: [(300, true), (Int.max, false)])
        func leak(calls: Int, dies: Bool) async throws {
            let report = try await Self.dying(after: calls) { server in
                try await LeakRun(server, limits: .init(duration: .seconds(600), idle: .milliseconds(20), cycles: 600)).run([.listTools] + Self.work + [.failingCall])
            }
            #expect(report.parts.map(\.operation) == [nil, .listTools, Self.work[0]] + (dies ? [] : [.failingCall]))
            #expect(report.parts[1].cycles == 600 && (report.parts[2].cycles < 600) == dies)
            #expect((report.loss != nil) == dies && report.headline.hasPrefix("The server was lost during work, after") == dies, "\(report.headline)")
            #expect(report.limits.contains { $0.hasPrefix("work ended early") } == dies)
        }

        @Test("What broke off without the server's end leaves out one probe, and a command's end is the server's", arguments: [
            (true, ClientError.Code.closed, false), (true, .timedOut, false), (false, .closed, true), (false, .invalidResponse, false),
        ])
        func loss(isShared: Bool, code: ClientError.Code, isLost: Bool) async throws {
            let loss = try await FaultyServer(.none).serving { server in
                var server = server
                server.isShared = isShared
                return try await server.withClient(clock: SystemClock.shared) { _, _ in
                    await server.loss(ClientError(code, "gone"), during: "this", nil, clock: SystemClock.shared)
                }
            }
            #expect((loss != nil) == isLost)
        }

        @Test("A server that is busy or wants a credential is not a lost one", arguments: [TransportError.Code.refused, .unauthorized])
        func alive(code: TransportError.Code) async {
            let server = DiagnosedServer(isShared: true, isHTTP: true) { DiagnosedServer.Link(ScriptedTransport { _ in throw TransportError(code, "no") }) }
            let error = ClientError(.unreachable, "gone", cause: TransportError(.unreachable, "gone"))
            #expect(await server.loss(error, during: "this", nil, clock: SystemClock.shared) == nil)
            // The control: one that cannot be reached.
            let dead = DiagnosedServer(isShared: true, isHTTP: true) { DiagnosedServer.Link(ScriptedTransport { _ in throw TransportError(.unreachable, "no") }) }
            #expect(await dead.loss(error, during: "this", nil, clock: SystemClock.shared)?.answersAgain == false)
        }

        @Test("A call is cancelled when it is on its way, and not before")
        func cancelled() async throws {
            let sent = try await FaultyServer(.waitsForUpstream).serving { server in
                let calls = Mortality(calls: .max)
                var slow = server
                slow.open = { DiagnosedServer.Link(SlowWire(server.open().transport, calls)) }
                let report = try await LeakRun(slow, limits: .init(duration: .seconds(20), idle: .zero, cycles: 16)).run([.cancelledCall(tool: "work", arguments: .emptyObject)])
                #expect(report.parts.last?.cycles == 16)
                return calls.counted
            }
            // Three calls to know how long one takes; without them a call is cancelled while it waits for its connection, and no server hears of it.
            #expect(sent >= 16)
        }
    }
}

/// A connection that takes some milliseconds to be made for each call, and forgets a call that is cancelled meanwhile.
private final class SlowWire: ClientTransport {
    private let transport: any ClientTransport
    private let calls: Mortality

    init(_ transport: any ClientTransport, _ calls: Mortality) {
        self.transport = transport
        self.calls = calls
    }

    var carriesHeaders: Bool { transport.carriesHeaders }
    func start(_ receiver: any ClientReceiver) async throws { try await transport.start(receiver) }

    func send(_ message: ClientMessage) async throws {
        if message.method == Method.toolsCall {
            try await SystemClock.shared.sleep(for: .milliseconds(5)) // the fault is that it takes this time
            calls.count()
        }
        try await transport.send(message)
    }

    func abandon(_ id: RequestID) { transport.abandon(id) }
    func negotiated(_ negotiation: ClientNegotiation) { transport.negotiated(negotiation) }
    func openServerStream() async throws { try await transport.openServerStream() }
    func close() async { await transport.close() }
}
