import Dispatch
import InterlockConcurrency
import InterlockJSON
import InterlockTransport
import Synchronization

/// Values that one side puts in and the other waits for, in order.
final class Inbox<Value: Sendable>: Sendable {
    private let state = Mutex<(values: [Value], waiters: [Waiter<Value?>])>(([], []))

    func put(_ value: Value) {
        let waiter = state.withLock { state -> Waiter<Value?>? in
            guard !state.waiters.isEmpty else {
                state.values.append(value)
                return nil
            }
            return state.waiters.removeFirst()
        }
        waiter?.resolve(value)
    }

    func next() async throws -> Value {
        let waiter = Waiter<Value?>()
        let value = state.withLock { state -> Value? in
            guard state.values.isEmpty else { return state.values.removeFirst() }
            state.waiters.append(waiter)
            return nil
        }
        if let value { return value }
        let later = await waiter.wait { [self] in
            let isWaiting = state.withLock { state in
                guard let index = state.waiters.firstIndex(where: { $0 === waiter }) else { return false }
                state.waiters.remove(at: index)
                return true
            }
            if isWaiting { waiter.resolve(nil) }
        }
        guard let later else { throw CancellationError() }
        return later
    }

    var count: Int { state.withLock { $0.values.count } }
}

/// A runtime that does what the method says: `echo`, `offloop`, `hold`, `stall`, `notify`, anything else is an error.
final class FakeRuntime: ServerRuntime {
    struct Failure: Error {}

    let held = Inbox<Exchange>()
    let contexts = Inbox<RequestContext>()
    let opened = Inbox<any EventSink>()
    let disconnects = Inbox<String>()
    let peers = Inbox<FakePeer>()
    /// What `openStream` refuses with.
    let refusal = Mutex<OutboundResponse?>(nil)
    /// Sent from inside `openStream`, before it returns.
    let firstEvents = Mutex<[OutboundEvent]>([])
    let connectError = Mutex<TransportError?>(nil)
    /// Loops that `stall` holds, each until the gate is opened for it.
    let stalled = Inbox<String>()
    let stallGate = DispatchSemaphore(value: 0)
    /// Done on the loop when it is let go, before it does anything else.
    let afterStall = Mutex<@Sendable () -> Void>({})
    private let received = Atomic<Int>(0)

    var receivedCount: Int { received.load(ordering: .relaxed) }

    func receive(_ exchange: Exchange) {
        received.wrappingAdd(1, ordering: .relaxed)
        let id = exchange.message.id?.description ?? "none"
        exchange.stream.onDisconnect { [disconnects] in disconnects.put(id) }
        switch exchange.message.method {
        case "echo":
            exchange.stream.finish(Self.answer(exchange.message))
        case "context":
            contexts.put(exchange.context)
            exchange.stream.finish(Self.answer(exchange.message))
        case "offloop":
            // The test awaits the answer.
            Task.detached { exchange.stream.finish(Self.answer(exchange.message)) }
        case "big":
            let size = exchange.message.params?["size"]?.int ?? 0
            exchange.stream.finish(OutboundResponse(body: Self.json("\"" + String(repeating: "x", count: size) + "\"", exchange.message.id)))
        case "notify":
            exchange.stream.finish(.accepted)
        case "hold":
            held.put(exchange)
        case "stall":
            // The loop does nothing else meanwhile, as when its machine is busy with other things.
            stalled.put(id)
            stallGate.wait()
            afterStall.withLock(\.self)()
            exchange.stream.finish(Self.answer(exchange.message))
        default:
            exchange.stream.finish(OutboundResponse(body: Self.json("null", exchange.message.id), status: 404))
        }
    }

    static func answer(_ message: ScannedMessage) -> OutboundResponse {
        OutboundResponse(body: json(message.params.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "{}", message.id))
    }

    static func json(_ result: String, _ id: RequestID?) -> [UInt8] {
        let id = switch id {
        case .integer(let number)?: "\(number)"
        case .string(let text)?: "\"\(text)\""
        case nil: "null"
        }
        return Array(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#.utf8)
    }

    func receive(batch: [Result<ScannedMessage, JSONRPCScanError>], context: RequestContext, stream: any ResponseStream) {
        stream.finish(OutboundResponse(body: Array("[\(batch.count)]".utf8)))
    }

    func openStream(_ context: RequestContext, lastEventID: String?, sink: any EventSink) -> OutboundResponse? {
        contexts.put(context)
        if let refusal = refusal.withLock({ $0 }) { return refusal }
        for event in firstEvents.withLock({ $0 }) { _ = sink.send(event) }
        sink.onDisconnect { [disconnects] in disconnects.put("stream") }
        opened.put(sink)
        return nil
    }

    func endSession(_ context: RequestContext) -> OutboundResponse {
        contexts.put(context)
        return OutboundResponse(body: nil, status: 204)
    }

    func connect(
        _ connection: Connection, principal: Principal?, outbound: any EventSink
    ) throws(TransportError) -> any ConnectedPeer {
        if let error = connectError.withLock({ $0 }) { throw error }
        let peer = FakePeer(outbound: outbound)
        peers.put(peer)
        return peer
    }

    func isReady() async -> Bool { true }
}

/// The runtime's end of a connection of the HTTP+SSE pair: echoes, and writes down what it is told.
final class FakePeer: ConnectedPeer {
    let outbound: any EventSink
    let log = Inbox<String>()
    let drainGate = Waiter<Void>()

    init(outbound: any EventSink) { self.outbound = outbound }

    func receive(_ bytes: [UInt8]) {
        log.put(String(decoding: bytes, as: UTF8.self))
        _ = outbound.send(OutboundEvent(data: bytes))
    }

    func disconnected(finishing: Bool) { log.put("disconnected finishing \(finishing)") }

    func drained() async { await drainGate.suspend() }
}
