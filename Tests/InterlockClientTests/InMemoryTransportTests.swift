import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@Suite("The in-memory link", .timeLimit(.minutes(5)))
struct InMemoryTransportTests {
    private final class Receiver: ClientReceiver {
        let ids = Mutex<[Int64]>([])
        let error = Mutex<TransportError?>(nil)
        func received(_ message: ScannedMessage, on request: RequestID?) {
            if case .integer(let id) = message.id { ids.withLock { $0.append(id) } }
        }
        func failed(_ request: RequestID, _ error: TransportError) {}
        func disconnected(_ error: TransportError) { self.error.withLock { $0 = error } }
    }

    private func message(_ id: Int64) -> ClientMessage {
        ClientMessage(bytes: Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#.utf8), id: .integer(id), method: "m")
    }

    @Test("What is sent before the other side is there waits, and arrives in order")
    func early() async throws {
        let (server, client) = InMemoryTransport.linkedPair()
        let receiver = Receiver()
        try await client.start(receiver)
        for id in 1...100 { try await client.send(message(Int64(id))) }
        let runtime = ScriptedRuntime { message, runtime in runtime.reply(message, "{}") }
        let running = Task.immediate { try await server.run(runtime) }
        await runtime.waitUntil { $0.count == 100 }
        #expect(receiver.ids.withLock { $0 } == Array(1...100))
        await client.close()
        try await running.value
        #expect(receiver.error.withLock { $0?.code } == .closed)
    }

    @Test("A message that is sent from within the delivery of another comes after it")
    func reentrant() async throws {
        let (server, client) = InMemoryTransport.linkedPair()
        let receiver = Receiver()
        let runtime = ScriptedRuntime { message, runtime in
            for id in 0..<3 { runtime.send(#"{"jsonrpc":"2.0","id":\#(message.idText)\#(id),"result":{}}"#) }
        }
        try await client.start(receiver)
        let running = Task.immediate { try await server.run(runtime) }
        for id in 1...3 { try await client.send(message(Int64(id))) }
        await runtime.waitUntil { $0.count == 3 }
        #expect(receiver.ids.withLock { $0 } == [10, 11, 12, 20, 21, 22, 30, 31, 32])
        server.beginGracefulShutdown()
        try await running.value
        await #expect(throws: TransportError.self) { try await client.send(message(9)) }
    }

    @Test("A client that stops reading fills its budget, makes senders wait, and is cut off at the deadline")
    func slowClient() async throws {
        let clock = ManualClock()
        let (server, client) = InMemoryTransport.linkedPair(configuration: InMemoryConfiguration(byteBudget: 1000, writeDeadline: .seconds(5)), clock: clock)
        let receiver = Receiver()
        let sinks = Mutex<(any EventSink)?>(nil)
        let runtime = SinkRuntime { sink in sinks.withLock { $0 = sink } }
        try await client.start(receiver)
        let running = Task.immediate { try await server.run(runtime) }
        await runtime.connected.wait()
        let sink = try #require(sinks.withLock { $0 })
        let gone = Atomic(false)
        sink.onDisconnect { gone.store(true, ordering: .relaxed) }
        client.pauseReading()
        let event = OutboundEvent(data: [UInt8](repeating: 0x20, count: 400))
        #expect(sink.send(event) == .sent)
        #expect(sink.send(event) == .sent)
        #expect(sink.send(event) == .full)
        client.resumeReading()
        #expect(client.unreadBytes == 0)
        try await sink.writable()
        client.pauseReading()
        #expect(sink.send(event) == .sent)
        #expect(sink.send(event) == .sent)
        let waiting = Task { try await sink.writable() }
        clock.advance(by: .seconds(5))
        await #expect(throws: TransportError.self) { try await waiting.value }
        #expect(receiver.error.withLock { $0?.code } == .peerTooSlow)
        #expect(sink.send(event) == .closed)
        await client.close()
        try await running.value
        let isGone = gone.load(ordering: .relaxed)
        #expect(isGone)
    }

    @Test("A client that asks and does not read is not taken from: no answer is refused for want of room, and all come when it reads")
    func deafClient() async throws {
        let (server, client) = InMemoryTransport.linkedPair(configuration: InMemoryConfiguration(byteBudget: 10_000))
        let receiver = Receiver()
        let pad = String(repeating: "x", count: 400)
        let runtime = ScriptedRuntime { message, runtime in runtime.reply(message, "\"\(pad)\"") }
        try await client.start(receiver)
        let running = Task.immediate { try await server.run(runtime) }
        try await client.send(message(0))
        await runtime.waitUntil { $0.count == 1 }
        client.pauseReading()
        // Runs here until it has to wait.
        let sending = Task.immediate { [self] in for id in 1...100 { try await client.send(message(Int64(id))) } }
        #expect(client.unreadBytes > 7_500 && client.unreadBytes < 8_500)
        client.resumeReading()
        try await sending.value
        await runtime.waitUntil { $0.count == 101 }
        #expect(receiver.ids.withLock { $0 } == Array(0...100))
        await client.close()
        try await running.value
    }

    @Test("Many threads at once: every message arrives once")
    func manySenders() async throws {
        let (server, client) = InMemoryTransport.linkedPair()
        let receiver = Receiver()
        let runtime = ScriptedRuntime { message, runtime in runtime.reply(message, "{}") }
        try await client.start(receiver)
        let running = Task.immediate { try await server.run(runtime) }
        await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<8 {
                group.addTask { for number in 0..<200 { try await client.send(message(Int64(lane * 1000 + number))) } }
            }
        }
        await runtime.waitUntil { $0.count == 1600 }
        await client.close()
        try await running.value
        let ids = receiver.ids.withLock { $0 }
        #expect(Set(ids).count == ids.count)
        for lane in 0..<8 { #expect(ids.filter { $0 / 1000 == lane } == ids.filter { $0 / 1000 == lane }.sorted()) }
    }
}

/// A runtime that only shows its sink.
private final class SinkRuntime: ServerRuntime {
    let connected = OneShot<Void>()
    private let onConnect: @Sendable (any EventSink) -> Void

    init(_ onConnect: @escaping @Sendable (any EventSink) -> Void) {
        self.onConnect = onConnect
    }

    func connect(_ connection: Connection, principal: Principal?, outbound: any EventSink) throws(TransportError) -> any ConnectedPeer {
        onConnect(outbound)
        connected.resolve(())
        return Peer()
    }

    func receive(_ exchange: Exchange) {}
    func receive(batch: [Result<ScannedMessage, JSONRPCScanError>], context: RequestContext, stream: any ResponseStream) {}
    func openStream(_ context: RequestContext, lastEventID: String?, sink: any EventSink) -> OutboundResponse? { nil }
    func endSession(_ context: RequestContext) -> OutboundResponse { .accepted }
    func isReady() async -> Bool { true }

    private final class Peer: ConnectedPeer {
        func receive(_ bytes: [UInt8]) {}
        func disconnected(finishing: Bool) {}
        func drained() async {}
    }
}
