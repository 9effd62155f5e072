@testable import InterlockRedis
import NIOCore
import NIOPosix
import Synchronization

/// Stands in for Redis where a test says when commands are answered: greets at once, counts what else comes, and holds the answers until it is told.
final class StandInServer: Sendable {
    private struct State {
        var received = 0
        var isHeld = true
        var held: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)

    /// Commands other than greetings.
    var received: Int { state.withLock { $0.received } }

    private let place: HeldPort

    /// Where it will listen; connections are refused before ``start()``.
    var port: Int { place.port }

    init() throws { place = try HeldPort() }

    /// Takes connections from now on.
    func start() async throws {
        let listening = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] child in
                child.eventLoop.makeCompletedFuture { try child.pipeline.syncOperations.addHandler(Handler(self)) }
            }
            .bind(host: "127.0.0.1", port: port).get()
        channel.withLock { $0 = listening }
    }

    /// Answers everything that has come, and all that comes.
    func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for answer in held { answer() }
    }

    func stop() async throws {
        try await channel.withLock { $0 }?.close()
    }

    fileprivate func take(_ answer: @escaping @Sendable () -> Void) {
        let isHeld = state.withLock { state in
            state.received += 1
            if state.isHeld { state.held.append(answer) }
            return state.isHeld
        }
        if !isHeld { answer() }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let server: StandInServer
        private var parser = RESPParser()

        init(_ server: StandInServer) {
            self.server = server
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            parser.append(unwrapInboundIn(data))
            let channel = context.channel
            let answer: @Sendable () -> Void = { channel.writeAndFlush(ByteBuffer(string: "+OK\r\n"), promise: nil) }
            do {
                while let command = try parser.next() {
                    if command.elements?.first?.string == "HELLO" { answer() } else { server.take(answer) }
                }
            } catch {
                context.close(promise: nil)
            }
        }
    }
}
