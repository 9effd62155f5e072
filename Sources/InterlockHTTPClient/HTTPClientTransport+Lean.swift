internal import InterlockJSON
internal import InterlockProtocol
internal import InterlockTransport
internal import NIOCore
internal import NIOHTTP1
import Synchronization

extension HTTPClientTransport {
    /// What the POSTs of tool calls have in common at this moment, for a ``LeanHTTPClientTransport`` to send them itself; `nil` where it must not.
    ///
    /// That is over HTTP/2 and to a server of HTTP+SSE, before the negotiation, and with header fields that the HTTP layer would refuse.
    func leanRequest() -> LeanRequest? {
        let state = self.state.withLock { $0 }
        guard configuration.version == .http1, case .streamable = state.mode, let negotiation = state.negotiation else { return nil }
        let request = post(ClientMessage(bytes: [], id: nil, method: Method.toolsCall))
        var headers = request.head.headers
        headers.remove(name: "Content-Length")
        if negotiation.isModern {
            // Each message brings its own.
            for name in [RoutingHeaders.protocolVersion, RoutingHeaders.method, RoutingHeaders.name] { headers.remove(name: name) }
        }
        var head = "POST \(request.head.uri) HTTP/1.1\r\n"
        for (name, value) in headers {
            let isName = !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A }
            guard isName, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { return nil }
            head += "\(name): \(value)\r\n"
        }
        return LeanRequest(head: Array(head.utf8), hasSession: state.sessionID != nil)
    }

    /// How a ``LeanHTTPClientTransport`` makes its connections, on its own loop.
    func bootstrap(on loop: any EventLoop) throws(TransportError) -> SocketBootstrap {
        SocketBootstrap(server: try url.get(), configuration: configuration, tls: tls, group: loop)
    }

    /// Takes over a request whose stream has broken where it was sent, and resumes it. Returns `false` when that cannot be; nobody was told then.
    func resume(_ message: ClientMessage, id: RequestID, after lastEventID: String, retryMilliseconds: Int?) -> Bool {
        guard case .started(let receiver) = state.withLock({ $0.phase }) else { return false }
        let exchange = RequestExchange(
            id, hasSession: state.withLock { $0.sessionID != nil }, mayFallBack: false, environment: environment(for: message, id: id, receiver: receiver))
        state.withLock { $0.exchanges[id] = exchange }
        guard !exchange.resume(after: lastEventID, retryMilliseconds: retryMilliseconds) else { return true }
        state.withLock { $0.exchanges[id] = nil }
        return false
    }
}
