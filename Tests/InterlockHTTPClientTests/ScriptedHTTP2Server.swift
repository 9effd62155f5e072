import InterlockJSON
import NIOCore
import NIOHPACK
import NIOHTTP2
import Synchronization

/// A server of HTTP/2 in clear text, which does with each request what a test says, frame by frame, at once or later.
final class ScriptedHTTP2Server: Sendable {
    /// A request that has come whole.
    struct Request: Sendable {
        /// Of the connections, in the order they were opened, from 1.
        var connection: Int
        var stream: HTTP2StreamID
        /// Of all requests, in the order they came, from 1.
        var number: Int
    }

    enum Step: Sendable {
        /// A result without members.
        case answer
        /// The same with a field that HTTP/2 forbids.
        case malformed
        case goAway(after: HTTP2StreamID, HTTP2ErrorCode = .noError)
        case reset(HTTP2ErrorCode)
        /// Reads nothing more from the request's connection.
        case goDeaf
        case close
    }

    typealias Script = @Sendable (Request) -> [Step]

    private struct State {
        var connections = 0
        var open = 0
        var resets = 0
        var deaf = 0
        var requests: [(request: Request, act: @Sendable ([Step]) -> Void)] = []
    }

    private let state = Mutex(State())
    private let settings: HTTP2Settings
    private let script: Script

    private init(_ settings: HTTP2Settings, _ script: @escaping Script) {
        self.settings = settings
        self.script = script
    }

    var requests: [Request] { state.withLock { $0.requests.map(\.request) } }
    /// Connections that stand.
    var open: Int { state.withLock { $0.open } }
    /// Streams that clients have reset.
    var resets: Int { state.withLock { $0.resets } }

    /// Connections that are read no more.
    var deaf: Int { state.withLock { $0.deaf } }

    /// Does something with a request that came before, by its number.
    func act(_ number: Int, _ step: Step) { state.withLock { $0.requests[number - 1].act }([step]) }

    func waitForRequests(_ count: Int) async {
        while requests.count < count { await Task.yield() }
    }

    /// Runs `body` with the URL of a server.
    ///
    /// - Parameter streams: at once on a connection, where the server states a limit.
    static func run(streams: Int? = nil, _ script: @escaping Script, _ body: (String, ScriptedHTTP2Server) async throws -> Void) async throws {
        let server = ScriptedHTTP2Server(streams.map { [HTTP2Setting(parameter: .maxConcurrentStreams, value: $0)] } ?? [], script)
        try await listening({ channel in
            try channel.pipeline.syncOperations.addHandler(
                NIOHTTP2Handler(mode: .server, initialSettings: server.settings, headerBlockValidation: .disabled))
            try channel.pipeline.syncOperations.addHandler(Frames(server, connection: server.connected()))
        }) { (url: String) async throws in try await body(url, server) }
    }

    private func connected() -> Int {
        state.withLock { state in
            state.connections += 1
            state.open += 1
            return state.connections
        }
    }

    private func disconnected() { state.withLock { $0.open -= 1 } }

    private func wasReset() { state.withLock { $0.resets += 1 } }

    private func isDeaf() { state.withLock { $0.deaf += 1 } }

    private func received(_ connection: Int, _ stream: HTTP2StreamID, _ act: @escaping @Sendable ([Step]) -> Void) {
        let request = state.withLock { state in
            let request = Request(connection: connection, stream: stream, number: state.requests.count + 1)
            state.requests.append((request, act))
            return request
        }
        act(script(request))
    }

    private final class Frames: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame
        typealias OutboundOut = HTTP2Frame

        private let server: ScriptedHTTP2Server
        private let connection: Int
        private var bodies: [HTTP2StreamID: [UInt8]] = [:]

        init(_ server: ScriptedHTTP2Server, connection: Int) {
            self.server = server
            self.connection = connection
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            switch frame.payload {
            case .rstStream: server.wasReset()
            case .data(let data):
                guard case .byteBuffer(let bytes) = data.data else { return }
                bodies[frame.streamID, default: []] += Array(bytes.readableBytesView)
                guard data.endStream, let body = bodies.removeValue(forKey: frame.streamID) else { return }
                let (channel, stream) = (context.channel, frame.streamID)
                server.received(connection, stream) { [server] steps in
                    channel.eventLoop.execute {
                        for step in steps { Self.take(step, stream, body, channel, server) }
                        channel.flush() // all of them in one piece
                    }
                }
            default: break
            }
        }

        func channelInactive(context: ChannelHandlerContext) { server.disconnected() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {} // what a client does here is seen by its test

        private static func take(_ step: Step, _ stream: HTTP2StreamID, _ body: [UInt8], _ channel: any Channel, _ server: ScriptedHTTP2Server) {
            func write(_ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload) { channel.write(HTTP2Frame(streamID: id, payload: payload), promise: nil) }
            func answer(_ fields: HPACKHeaders) {
                let id = (try? RawJSON(parsing: String(decoding: body, as: UTF8.self)))?["id"].map { "\($0)" } ?? "null"
                write(stream, .headers(.init(headers: fields)))
                write(stream, .data(.init(data: .byteBuffer(ByteBuffer(string: #"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#)), endStream: true)))
            }
            switch step {
            case .answer: answer([":status": "200", "content-type": "application/json"])
            case .malformed: answer([":status": "200", "content-type": "application/json", "connection": "keep-alive"])
            case .goAway(let last, let code): write(.rootStream, .goAway(lastStreamID: last, errorCode: code, opaqueData: nil))
            case .reset(let code): write(stream, .rstStream(code))
            case .goDeaf: channel.setOption(.autoRead, value: false).whenSuccess { server.isDeaf() }
            case .close:
                channel.flush()
                channel.close(promise: nil)
            }
        }
    }
}
