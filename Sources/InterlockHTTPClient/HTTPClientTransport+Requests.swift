internal import InterlockProtocol
internal import InterlockTransport
internal import NIOHTTP1
import Synchronization

extension ClientMessage {
    /// Whether it brings the id of a session along, which need not be this transport's own.
    var namesSession: Bool { headers.contains { $0.name.lowercased() == RoutingHeaders.sessionId.lowercased() } }
}

extension HTTPClientTransport {
    /// The POST of a message, to the server's URL or the endpoint of the older transport.
    func post(_ message: ClientMessage, to endpoint: ServerURL? = nil) -> OutboundRequest {
        let state = self.state.withLock { $0 }
        var headers = commonHeaders(state)
        headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        headers.replaceOrAdd(name: "Accept", value: "application/json, text/event-stream")
        headers.replaceOrAdd(name: "Content-Length", value: String(message.bytes.count))
        if message.method != Method.initialize { addSession(state, to: &headers) }
        for (name, value) in message.headers { headers.replaceOrAdd(name: name, value: value) }
        return OutboundRequest(head: head(.POST, endpoint, headers), body: message.bytes)
    }

    /// The GET that opens or resumes a stream.
    func get(lastEventID: String?) -> OutboundRequest {
        let state = self.state.withLock { $0 }
        var headers = commonHeaders(state)
        headers.replaceOrAdd(name: "Accept", value: "text/event-stream")
        addSession(state, to: &headers)
        if let lastEventID { headers.replaceOrAdd(name: RoutingHeaders.lastEventId, value: lastEventID) }
        return OutboundRequest(head: head(.GET, nil, headers), body: [])
    }

    /// The DELETE that ends the session.
    func delete(_ state: State) -> OutboundRequest {
        var headers = commonHeaders(state)
        addSession(state, to: &headers)
        return OutboundRequest(head: head(.DELETE, nil, headers), body: [])
    }

    private func head(_ method: HTTPMethod, _ endpoint: ServerURL?, _ headers: HTTPHeaders) -> HTTPRequestHead {
        var headers = headers
        // An unusable URL is refused by `start`, before any request is made.
        let url = endpoint ?? (try? self.url.get()) ?? .unusable
        headers.replaceOrAdd(name: "Host", value: url.hostField)
        return HTTPRequestHead(version: .http1_1, method: method, uri: url.target, headers: headers)
    }

    private func commonHeaders(_ state: State) -> HTTPHeaders {
        var headers = HTTPHeaders()
        for (name, value) in state.headers { headers.add(name: name, value: value) }
        if !headers.contains(name: "User-Agent") { headers.add(name: "User-Agent", value: "interlock") }
        return headers
    }

    private func addSession(_ state: State, to headers: inout HTTPHeaders) {
        if let sessionID = state.sessionID { headers.replaceOrAdd(name: RoutingHeaders.sessionId, value: sessionID) }
        guard let revision = state.negotiation.flatMap({ ProtocolRevision(rawValue: $0.revision) }), revision.requiresVersionHeader else { return }
        headers.replaceOrAdd(name: RoutingHeaders.protocolVersion, value: revision.rawValue)
    }
}
