import InterlockJSON
import InterlockTransport

/// Refuses every request for MCP: the admin listener is no way to the server's tools.
struct NoProtocolGate: RequestGate {
    static let refusal = OutboundResponse(
        body: Array(#"{"error":{"code":"not_found","message":"MCP is not served by the admin listener"}}"#.utf8), status: 404)

    func decide(_ head: RequestHead) -> GateDecision { .refuse(Self.refusal) }
}

/// A runtime that knows no MCP. The gate lets nothing through to it; it says the same to whatever came all the same.
final class NoProtocolRuntime: ServerRuntime {
    func receive(_ exchange: Exchange) { exchange.stream.finish(NoProtocolGate.refusal) }

    func receive(batch: [Result<ScannedMessage, JSONRPCScanError>], context: RequestContext, stream: any ResponseStream) {
        stream.finish(NoProtocolGate.refusal)
    }

    func openStream(_ context: RequestContext, lastEventID: String?, sink: any EventSink) async -> OutboundResponse? { NoProtocolGate.refusal }

    func endSession(_ context: RequestContext) async -> OutboundResponse { NoProtocolGate.refusal }

    func connect(_ connection: Connection, principal: Principal?, outbound: any EventSink) throws(TransportError) -> any ConnectedPeer {
        throw TransportError(.refused, "MCP is not served by the admin listener")
    }

    func isReady() async -> Bool { false }
}
