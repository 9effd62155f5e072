internal import InterlockConcurrency
internal import InterlockTransport
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Makes HTTP/1.1 connections.
struct HTTP1Connector: Connector {
    let server: ServerURL
    let bootstrap: SocketBootstrap

    func connect() -> EventLoopFuture<HTTPConnection> {
        bootstrap.connect { [server] channel in
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(ExchangeHandler(server: server))
        }.flatMapThrowing { channel in
            HTTPConnection(channel: channel, handler: try channel.pipeline.syncOperations.handler(type: ExchangeHandler.self))
        }
    }

    func stop() {} // a connection that is made waits for nothing

    func close() async {}
}

/// Opens sockets to the server, with TLS where its URL asks for it.
struct SocketBootstrap: Sendable {
    let server: ServerURL
    let configuration: HTTPClientConfiguration
    let tls: Result<TLSSupport, TransportError>
    let group: any EventLoopGroup

    /// - Parameter initialize: adds what speaks HTTP; runs on the channel's event loop.
    func connect(_ initialize: @escaping @Sendable (any Channel) throws -> Void) -> EventLoopFuture<any Channel> {
        // The group's own limit only makes sure that a connection attempt we have given up ends some time.
        ClientBootstrap(group: group)
            .connectTimeout(.nanoseconds(configuration.connectTimeout.wholeNanoseconds) + .seconds(5))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { [tls] channel in
                channel.eventLoop.makeCompletedFuture {
                    try tls.get().prepare(channel)
                    try initialize(channel)
                }
            }
            .connect(host: server.host, port: server.port)
    }
}
