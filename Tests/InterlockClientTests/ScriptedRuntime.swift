import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

/// A server that does what a test says: one closure sees every message of the one client.
final class ScriptedRuntime: ServerRuntime {
    typealias Script = @Sendable (ScannedMessage, ScriptedRuntime) -> Void

    private struct State {
        var sink: (any EventSink)?
        var messages: [ScannedMessage] = []
        var watchers: [(test: @Sendable ([ScannedMessage]) -> Bool, resume: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let script: Script

    init(_ script: @escaping Script) {
        self.script = script
    }

    /// Everything the client sent, in order.
    var messages: [ScannedMessage] { state.withLock { $0.messages } }

    func messages(of method: String) -> [ScannedMessage] { messages.filter { $0.method == method } }

    func send(_ bytes: [UInt8]) {
        _ = state.withLock { $0.sink }?.send(OutboundEvent(data: bytes))
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func reply(_ message: ScannedMessage, _ result: String) {
        send(#"{"jsonrpc":"2.0","id":\#(message.idText),"result":\#(result)}"#)
    }

    func fail(_ message: ScannedMessage, _ code: Int, _ text: String = "no", data: String = "null") {
        send(#"{"jsonrpc":"2.0","id":\#(message.idText),"error":{"code":\#(code),"message":"\#(text)","data":\#(data)}}"#)
    }

    /// Closes the connection from the server's side.
    func hangUp() { state.withLock { $0.sink }?.close() }

    /// Suspends until the messages received so far satisfy the test.
    func waitUntil(_ test: @escaping @Sendable ([ScannedMessage]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isTrue = state.withLock { state in
                if test(state.messages) { return true }
                state.watchers.append((test, continuation))
                return false
            }
            if isTrue { continuation.resume() }
        }
    }

    func waitFor(_ method: String, count: Int = 1) async {
        await waitUntil { $0.count { $0.method == method } >= count }
    }

    func connect(_ connection: Connection, principal: Principal?, outbound: any EventSink) throws(TransportError) -> any ConnectedPeer {
        state.withLock { $0.sink = outbound }
        return Peer(self)
    }

    func receive(_ exchange: Exchange) {}
    func receive(batch: [Result<ScannedMessage, JSONRPCScanError>], context: RequestContext, stream: any ResponseStream) {}
    func openStream(_ context: RequestContext, lastEventID: String?, sink: any EventSink) -> OutboundResponse? { nil }
    func endSession(_ context: RequestContext) -> OutboundResponse { .accepted }
    func isReady() async -> Bool { true }

    private func received(_ message: ScannedMessage) {
        let due = state.withLock { state in
            state.messages.append(message)
            let due = state.watchers.filter { $0.test(state.messages) }.map(\.resume)
            state.watchers.removeAll { $0.test(state.messages) }
            return due
        }
        script(message, self)
        for continuation in due { continuation.resume() }
    }

    private final class Peer: ConnectedPeer {
        private let runtime: ScriptedRuntime

        init(_ runtime: ScriptedRuntime) {
            self.runtime = runtime
        }

        func receive(_ bytes: [UInt8]) {
            do {
                runtime.received(try ScannedMessage.scan(bytes))
            } catch {
                fatalError("the client sent no JSON-RPC: \(error)")
            }
        }

        func disconnected(finishing: Bool) {}
        func drained() async {}
    }
}

extension ScannedMessage {
    /// The id as JSON.
    var idText: String {
        switch id {
        case .integer(let number): String(number)
        case .string(let text): "\"\(text)\""
        case nil: "null"
        }
    }
}

/// Results of a server that offers everything.
enum Replies {
    static let discover = #"{"resultType":"complete","supportedVersions":["2026-07-28","2025-11-25"],"capabilities":{"tools":{"listChanged":true}},"ttlMs":0,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"scripted","version":"1"}}}"#
    static func initialize(_ version: String = "2025-11-25") -> String {
        #"{"protocolVersion":"\#(version)","capabilities":{"tools":{}},"serverInfo":{"name":"scripted","version":"1"}}"#
    }
    static func text(_ text: String) -> String { #"{"resultType":"complete","content":[{"type":"text","text":"\#(text)"}]}"# }
}
