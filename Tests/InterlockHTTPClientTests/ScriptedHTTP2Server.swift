import InterlockJSON
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import Synchronization

/// A server of HTTP/2 in clear text, which does with each request what a test says, frame by frame.
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
        case goAway(after: HTTP2StreamID)
        case reset(HTTP2ErrorCode)
        case close
    }

    private let state = Mutex((connections: 0, requests: [Request]()))
    private let script: @Sendable (Request) -> [Step]

    private init(_ script: @escaping @Sendable (Request) -> [Step]) {
        self.script = script
    }

    var requests: [Request] { state.withLock { $0.requests } }

    /// Runs `body` with the URL of a server.
    static func run(_ script: @escaping @Sendable (Request) -> [Step], _ body: (String, ScriptedHTTP2Server) async throws -> Void) async throws {
        let server = ScriptedHTTP2Server(script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOHTTP2Handler(mode: .server))
                    try channel.pipeline.syncOperations.addHandler(Frames(server, connection: server.connected()))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body("http://127.0.0.1:\(channel.localAddress?.port ?? 0)/mcp", server)
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    private func connected() -> Int {
        state.withLock { state in
            state.connections += 1
            return state.connections
        }
    }

    private func steps(_ connection: Int, _ stream: HTTP2StreamID) -> [Step] {
        script(state.withLock { state in
            let request = Request(connection: connection, stream: stream, number: state.requests.count + 1)
            state.requests.append(request)
            return request
        })
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
            guard case .data(let data) = frame.payload, case .byteBuffer(let bytes) = data.data else { return }
            bodies[frame.streamID, default: []] += Array(bytes.readableBytesView)
            guard data.endStream, let body = bodies.removeValue(forKey: frame.streamID) else { return }
            for step in server.steps(connection, frame.streamID) { take(step, frame.streamID, body, context) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {} // what a client does here is seen by its test

        private func take(_ step: Step, _ stream: HTTP2StreamID, _ body: [UInt8], _ context: ChannelHandlerContext) {
            func write(_ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload) {
                context.writeAndFlush(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
            }
            switch step {
            case .answer:
                let id = (try? RawJSON(parsing: String(decoding: body, as: UTF8.self)))?["id"].map { "\($0)" } ?? "null"
                let answer = ByteBuffer(string: #"{"jsonrpc":"2.0","id":\#(id),"result":{}}"#)
                write(stream, .headers(.init(headers: [":status": "200", "content-type": "application/json"])))
                write(stream, .data(.init(data: .byteBuffer(answer), endStream: true)))
            case .goAway(let last): write(.rootStream, .goAway(lastStreamID: last, errorCode: .noError, opaqueData: nil))
            case .reset(let code): write(stream, .rstStream(code))
            case .close: context.close(promise: nil)
            }
        }
    }
}
