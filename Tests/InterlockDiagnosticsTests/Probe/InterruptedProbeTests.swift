import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("An interrupted probe", .timeLimit(.minutes(5)))
struct InterruptedProbeTests {
    @Test("ends what it has started before it returns, and begins nothing more", arguments: [SlowToEnd.Stage.starting, .answering])
    func ends(stage: SlowToEnd.Stage) async {
        let servers = SlowToEnd.Servers(stage)
        let target = Probe.Target { _ in SlowToEnd(servers) }
        let probe = Probe(target, timeout: .seconds(600))
        let run = Task { await probe.run() }
        await servers.isAsked.suspend()
        run.cancel()
        let report = await run.value
        let (started, ended) = servers.counts.withLock { $0 }
        #expect(started == 1 && ended == 1)
        #expect(report.steps.map(\.name) == ["modern handshake"])
    }
}

/// A server that never answers, and whose start and end take a while.
final class SlowToEnd: ClientTransport {
    /// Where it is when the probe is interrupted.
    enum Stage: Sendable { case starting, answering }

    final class Servers: Sendable {
        let stage: Stage
        let isAsked = Waiter<Void>()
        let counts = Mutex((started: 0, ended: 0))
        private let wasAsked = Atomic(false)

        init(_ stage: Stage) { self.stage = stage }

        /// The first one counts: what is cancelled is told to the server too.
        func asked(_ now: Stage) { if now == stage, !wasAsked.exchange(true, ordering: .relaxed) { isAsked.resolve(()) } }
    }

    let carriesHeaders = false
    private let servers: Servers

    init(_ servers: Servers) { self.servers = servers }

    func start(_ receiver: any ClientReceiver) async throws {
        servers.asked(.starting)
        for _ in 0..<100 { await Task.yield() }
        servers.counts.withLock { $0.started += 1 }
    }

    func send(_ message: ClientMessage) async throws { servers.asked(.answering) }

    func close() async {
        for _ in 0..<100 { await Task.yield() }
        servers.counts.withLock { $0.ended += 1 }
    }

    func abandon(_ id: RequestID) {}
    func negotiated(_ negotiation: ClientNegotiation) {}
    func openServerStream() async throws {}
}
