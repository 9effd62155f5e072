import InterlockTransport
import NIOCore
import NIOHTTP1
import Synchronization

/// One request as the server got it.
struct ReceivedRequest: Sendable {
    var method: String
    var target: String
    var headers: HTTPHeaders
    var body: String
    /// Counts connections from 1.
    var connection: Int

    func header(_ name: String) -> String? { headers.first(name: name) }
    /// The JSON-RPC id in the body, as text.
    var id: String {
        guard let range = body.range(of: "\"id\":") else { return "null" }
        return String(body[range.upperBound...].prefix { $0 != "," && $0 != "}" })
    }
    /// The JSON-RPC method in the body.
    var rpcMethod: String? {
        guard let range = body.range(of: "\"method\":\"") else { return nil }
        return String(body[range.upperBound...].prefix { $0 != "\"" })
    }
}

extension String {
    /// The first place of another string, without Foundation.
    fileprivate func range(of other: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
            start = index(after: start)
        }
        return nil
    }
}

/// Answers one request; may be used from any thread.
struct Responder: Sendable {
    fileprivate let channel: any Channel

    /// A whole response.
    func reply(_ status: Int = 200, _ body: String = "", type: String? = "application/json", headers: [(String, String)] = []) {
        var fields = HTTPHeaders(headers)
        if let type, !body.isEmpty { fields.add(name: "Content-Type", value: type) }
        fields.add(name: "Content-Length", value: String(body.utf8.count))
        send(.head(HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)))
        if !body.isEmpty { send(.body(.byteBuffer(ByteBuffer(string: body)))) }
        send(.end(nil))
    }

    /// Begins a response whose body is to have so many bytes, whether they come or not.
    func begin(_ status: Int = 200, length: Int, type: String = "application/json") {
        let fields = HTTPHeaders([("Content-Type", type), ("Content-Length", String(length))])
        send(.head(HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: fields)))
    }

    /// Begins a stream of events.
    func beginEvents(headers: [(String, String)] = []) {
        var fields = HTTPHeaders(headers)
        fields.add(name: "Content-Type", value: "text/event-stream")
        fields.add(name: "Transfer-Encoding", value: "chunked")
        send(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: fields)))
    }

    func event(_ data: String, id: String? = nil, name: String? = nil) {
        raw((id.map { "id: \($0)\n" } ?? "") + (name.map { "event: \($0)\n" } ?? "") + "data: \(data)\n\n")
    }

    func raw(_ text: String) { send(.body(.byteBuffer(ByteBuffer(string: text)))) }

    func end() { send(.end(nil)) }

    /// Cuts the connection.
    func cut() { channel.close(promise: nil) }

    /// Runs when the client closes the connection.
    func onClose(_ action: @escaping @Sendable () -> Void) { channel.closeFuture.whenComplete { _ in action() } }

    private func send(_ part: HTTPServerResponsePart) { channel.writeAndFlush(part, promise: nil) }
}

/// An HTTP/1.1 server on loopback that does what a test says.
final class ScriptedHTTPServer: Sendable {
    typealias Script = @Sendable (ReceivedRequest, Responder) -> Void

    private struct State {
        var requests: [ReceivedRequest] = []
        var connections = 0
        var watchers: [(test: @Sendable ([ReceivedRequest]) -> Bool, resume: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let script: Script

    private init(_ script: @escaping Script) {
        self.script = script
    }

    var requests: [ReceivedRequest] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }

    func waitUntil(_ test: @escaping @Sendable ([ReceivedRequest]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isTrue = state.withLock { state in
                if test(state.requests) { return true }
                state.watchers.append((test, continuation))
                return false
            }
            if isTrue { continuation.resume() }
        }
    }

    /// Runs `body` with the URL of a server.
    static func run(_ script: @escaping Script, _ body: (String, ScriptedHTTPServer) async throws -> Void) async throws {
        let server = ScriptedHTTPServer(script)
        try await listening({ channel in
            try channel.pipeline.syncOperations.configureHTTPServerPipeline()
            try channel.pipeline.syncOperations.addHandler(Handler(server: server, connection: server.connected()))
        }) { (url: String) async throws in try await body(url, server) }
    }

    private func connected() -> Int {
        state.withLock { state in
            state.connections += 1
            return state.connections
        }
    }

    private func received(_ request: ReceivedRequest, _ responder: Responder) {
        let due = state.withLock { state in
            state.requests.append(request)
            let due = state.watchers.filter { $0.test(state.requests) }.map(\.resume)
            state.watchers.removeAll { $0.test(state.requests) }
            return due
        }
        script(request, responder)
        for continuation in due { continuation.resume() }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        private let server: ScriptedHTTPServer
        private let connection: Int
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(server: ScriptedHTTPServer, connection: Int) {
            self.server = server
            self.connection = connection
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body.clear()
            case .body(var part):
                body.writeBuffer(&part)
            case .end:
                guard let head else { return }
                let request = ReceivedRequest(
                    method: head.method.rawValue, target: head.uri, headers: head.headers, body: String(buffer: body), connection: connection
                )
                server.received(request, Responder(channel: context.channel))
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
