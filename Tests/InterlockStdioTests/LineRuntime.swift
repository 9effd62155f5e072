import InterlockJSON
import InterlockTransport
import Synchronization

/// A runtime for one connection that hands every line to a closure and remembers what became of the connection.
final class LineRuntime: ServerRuntime {
    private struct State {
        var lines = 0
        var finishing: [Bool] = []
        var sink: (any EventSink)?
    }

    let connected = OneShot<any EventSink>()
    /// Resolved with the first of ``disconnects``; for one who awaits it.
    let firstDisconnect = OneShot<Void>()
    private let state = Mutex(State())
    private let onLine: @Sendable ([UInt8], any EventSink) -> Void
    private let drain: @Sendable () async -> Void

    init(drain: @escaping @Sendable () async -> Void = {}, onLine: @escaping @Sendable ([UInt8], any EventSink) -> Void) {
        self.onLine = onLine
        self.drain = drain
    }

    /// A runtime that answers every request with its own params.
    static func echo() -> LineRuntime {
        LineRuntime { bytes, sink in
            guard let message = try? ScannedMessage.scan(bytes), case .integer(let id) = message.id else { return }
            let answer = #"{"jsonrpc":"2.0","id":\#(id),"result":{"echo":\#(message.params?.description ?? "null")}}"#
            _ = sink.send(OutboundEvent(data: Array(answer.utf8)))
        }
    }

    var lines: Int { state.withLock { $0.lines } }
    var disconnects: [Bool] { state.withLock { $0.finishing } }

    func connect(_ connection: Connection, principal: Principal?, outbound: any EventSink) throws(TransportError) -> any ConnectedPeer {
        state.withLock { $0.sink = outbound }
        connected.resolve(outbound)
        return Peer(self, outbound)
    }

    func receive(_ exchange: Exchange) {}
    func receive(batch: [Result<ScannedMessage, JSONRPCScanError>], context: RequestContext, stream: any ResponseStream) {}
    func openStream(_ context: RequestContext, lastEventID: String?, sink: any EventSink) -> OutboundResponse? { nil }
    func endSession(_ context: RequestContext) -> OutboundResponse { .accepted }
    func isReady() async -> Bool { true }

    private final class Peer: ConnectedPeer {
        let runtime: LineRuntime
        let sink: any EventSink

        init(_ runtime: LineRuntime, _ sink: any EventSink) {
            self.runtime = runtime
            self.sink = sink
        }

        func receive(_ bytes: [UInt8]) {
            runtime.state.withLock { $0.lines += 1 }
            runtime.onLine(bytes, sink)
        }

        func disconnected(finishing: Bool) {
            runtime.state.withLock { $0.finishing.append(finishing) }
            runtime.firstDisconnect.resolve(())
        }

        func drained() async {
            await runtime.drain()
        }
    }
}
