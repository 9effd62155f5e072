import Glibc
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix

/// `nio-floor --http PORT ANSWERFILE | --http2 PORT ANSWERFILE | --tools PORT`: a bare SwiftNIO server with two event loops, the least that an HTTP
/// server on SwiftNIO costs. It reads each request to its end, looks at nothing and answers the same bytes; with `--tools` it says what an MCP
/// client needs to hear before and in answer to a call.
@main
struct NIOFloorCommand {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let isTools = arguments.first == "--tools"
        guard arguments.count == (isTools ? 2 : 3), ["--http", "--http2", "--tools"].contains(arguments[0]), let port = Int(arguments[1]) else {
            let usage = "usage: nio-floor --http PORT ANSWERFILE | --http2 PORT ANSWERFILE | --tools PORT\n"
            _ = write(2, usage, usage.utf8.count)
            exit(1)
        }
        let answer = try isTools ? nil : FixedAnswer(file: arguments[2])
        let isHTTP2 = arguments[0] == "--http2"
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 2))
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let answer else { return try addTools(to: channel) }
                    try isHTTP2 ? addHTTP2(to: channel, answer) : addHTTP1(to: channel, answer)
                }
            }
        try await bootstrap.bind(host: "127.0.0.1", port: port).get().closeFuture.get()
    }

    private static func addHTTP1(to channel: any Channel, _ answer: FixedAnswer) throws {
        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
        try channel.pipeline.syncOperations.addHandler(FixedAnswerHandler(answer))
    }

    private static func addTools(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
        try channel.pipeline.syncOperations.addHandler(BareToolsHandler())
    }

    private static func addHTTP2(to channel: any Channel, _ answer: FixedAnswer) throws {
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: .init(), streamConfiguration: .init()
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandlers([HTTP2FramePayloadToHTTP1ServerCodec(), FixedAnswerHandler(answer)])
            }
        }
    }
}
