import InterlockTransport
import NIOCore
import NIOPosix

/// Runs `body` with the URL of a server in this process, each connection of which is set up by `initialize`.
func listening(_ initialize: @escaping @Sendable (any Channel) throws -> Void, _ body: (String) async throws -> Void) async throws {
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try initialize(channel) } }
        .bind(host: "127.0.0.1", port: 0).get()
    do {
        try await body("http://127.0.0.1:\(channel.localAddress?.port ?? 0)/mcp")
    } catch {
        try await channel.close()
        throw error
    }
    try await channel.close()
}

extension ClientTransport {
    /// Runs `body`, and closes the transport however that ends.
    func closing(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            await close()
            throw error
        }
        await close()
    }
}
