import InterlockJSON
import InterlockTransport

/// A server transport with one defect in front of a sound one.
final class BrokenServer: ServerTransport {
    /// What is wrong with it; what is not named is passed through.
    struct Defect: Sendable {
        var sink: @Sendable (any EventSink) -> any EventSink = { $0 }
        var peer: @Sendable (any ConnectedPeer) -> any ConnectedPeer = { $0 }
        var beginGracefulShutdown: @Sendable (any ServerTransport) -> Void = { $0.beginGracefulShutdown() }
        var run: @Sendable (any ServerTransport, any ServerRuntime) async throws -> Void = { try await $0.run($1) }
    }

    private let base: any ServerTransport
    private let defect: Defect

    init(_ base: any ServerTransport, _ defect: Defect) {
        self.base = base
        self.defect = defect
    }

    func run(_ runtime: any ServerRuntime) async throws { try await defect.run(base, Filter(runtime, defect)) }
    func beginGracefulShutdown() { defect.beginGracefulShutdown(base) }

    private final class Filter: ServerRuntime {
        private let runtime: any ServerRuntime
        private let defect: Defect

        init(_ runtime: any ServerRuntime, _ defect: Defect) {
            self.runtime = runtime
            self.defect = defect
        }

        func connect(_ connection: Connection, principal: Principal?, outbound: any EventSink) throws(TransportError) -> any ConnectedPeer {
            defect.peer(try runtime.connect(connection, principal: principal, outbound: defect.sink(outbound)))
        }

        func receive(_ exchange: Exchange) { runtime.receive(exchange) }
        func receive(batch: [Result<ScannedMessage, JSONRPCScanError>], context: RequestContext, stream: any ResponseStream) {
            runtime.receive(batch: batch, context: context, stream: stream)
        }
        func openStream(_ context: RequestContext, lastEventID: String?, sink: any EventSink) async -> OutboundResponse? {
            await runtime.openStream(context, lastEventID: lastEventID, sink: sink)
        }
        func endSession(_ context: RequestContext) async -> OutboundResponse { await runtime.endSession(context) }
        func isReady() async -> Bool { await runtime.isReady() }
    }
}

/// A way back with one defect in front of a sound one.
final class BrokenSink: EventSink {
    private let base: any EventSink
    private let onSend: @Sendable (any EventSink, OutboundEvent) -> SendOutcome
    private let onWritable: @Sendable (any EventSink) async throws -> Void
    private let onRegister: @Sendable (any EventSink, @escaping @Sendable () -> Void) -> Void

    init(
        _ base: any EventSink, send: @escaping @Sendable (any EventSink, OutboundEvent) -> SendOutcome = { $0.send($1) },
        writable: @escaping @Sendable (any EventSink) async throws -> Void = { try await $0.writable() },
        register: @escaping @Sendable (any EventSink, @escaping @Sendable () -> Void) -> Void = { $0.onDisconnect($1) }
    ) {
        self.base = base
        onSend = send
        onWritable = writable
        onRegister = register
    }

    func send(_ event: OutboundEvent) -> SendOutcome { onSend(base, event) }
    func writable() async throws { try await onWritable(base) }
    func close() { base.close() }
    func onDisconnect(_ action: @escaping @Sendable () -> Void) { onRegister(base, action) }
}

/// The runtime's end of a connection with one defect in front of a sound one.
final class BrokenPeer: ConnectedPeer {
    private let base: any ConnectedPeer
    private let onReceive: @Sendable (any ConnectedPeer, [UInt8]) -> Void
    private let onDisconnected: @Sendable (any ConnectedPeer, Bool) -> Void

    init(
        _ base: any ConnectedPeer, receive: @escaping @Sendable (any ConnectedPeer, [UInt8]) -> Void = { $0.receive($1) },
        disconnected: @escaping @Sendable (any ConnectedPeer, Bool) -> Void = { $0.disconnected(finishing: $1) }
    ) {
        self.base = base
        onReceive = receive
        onDisconnected = disconnected
    }

    func receive(_ bytes: [UInt8]) { onReceive(base, bytes) }
    func disconnected(finishing: Bool) { onDisconnected(base, finishing) }
    func drained() async { await base.drained() }
}
