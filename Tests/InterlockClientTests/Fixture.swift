import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import InterlockTransport
import Synchronization

/// Passes everything on to another transport and keeps the messages that went out.
final class RecordingTransport: ClientTransport {
    private let inner: InMemoryClientTransport
    private let state = Mutex<(sent: [ClientMessage], abandoned: [RequestID], negotiation: ClientNegotiation?)>(([], [], nil))

    init(_ inner: InMemoryClientTransport) {
        self.inner = inner
    }

    var sent: [ClientMessage] { state.withLock { $0.sent } }
    var abandoned: [RequestID] { state.withLock { $0.abandoned } }
    var negotiation: ClientNegotiation? { state.withLock { $0.negotiation } }

    func headers(of method: String) -> [[String: String]] {
        sent.filter { $0.method == method }.map { Dictionary($0.headers.map { ($0.name, $0.value) }) { $1 } }
    }

    let carriesHeaders = true

    func start(_ receiver: any ClientReceiver) async throws { try await inner.start(receiver) }
    func send(_ message: ClientMessage) async throws {
        state.withLock { $0.sent.append(message) }
        try await inner.send(message)
    }
    func abandon(_ id: RequestID) { state.withLock { $0.abandoned.append(id) } }
    func negotiated(_ negotiation: ClientNegotiation) { state.withLock { $0.negotiation = negotiation } }
    func openServerStream() async throws {}
    func close() async { await inner.close() }
}

/// A client, its scripted server, and the clock of both.
struct Fixture {
    let client: Client
    let server: ScriptedRuntime
    let transport: RecordingTransport
    let clock: ManualClock
}

/// Runs `body` with a client that is linked to a scripted server, and ends both.
///
/// `script` sees what is left after the handshake of the era, which is answered for it.
func withFixture(
    modern: Bool = true, connected: Bool = true, handlers: ClientHandlers = ClientHandlers(),
    configuration: ClientConfiguration = ClientConfiguration(), version: String = "2025-11-25",
    script: @escaping ScriptedRuntime.Script = { _, _ in }, _ body: (Fixture) async throws -> Void
) async throws {
    let clock = ManualClock()
    let pair = InMemoryTransport.linkedPair(clock: clock)
    let transport = RecordingTransport(pair.client)
    let server = ScriptedRuntime { message, server in
        switch message.method {
        case Method.discover? where connected:
            modern ? server.reply(message, Replies.discover) : server.fail(message, -32601)
        case Method.initialize? where connected && !modern:
            server.reply(message, Replies.initialize(version))
        default:
            script(message, server)
        }
    }
    let client = Client(
        transport, info: Implementation(name: "test", version: "1"), handlers: handlers, configuration: configuration, clock: clock
    )
    try await withThrowingTaskGroup(of: Void.self) { group in
        // Is there before the client sends anything: every message is handled where it is sent.
        group.addImmediateTask { try await pair.server.run(server) }
        if connected { try await client.connect() }
        do {
            try await body(Fixture(client: client, server: server, transport: transport, clock: clock))
        } catch {
            await client.close()
            group.cancelAll()
            throw error
        }
        await client.close()
        group.cancelAll()
    }
}
