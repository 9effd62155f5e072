internal import InterlockStorage
internal import NIOCore

/// Turns bytes of the channel into replies for the connection. Lives on the event loop.
final class RedisChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let connection: RedisConnection
    private var parser = RESPParser()
    private var hasFailed = false

    init(_ connection: RedisConnection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasFailed else { return }
        parser.append(unwrapInboundIn(data))
        var values: [RESPValue] = []
        do throws(RESPProtocolError) {
            while let value = try parser.next() { values.append(value) }
            connection.received(values)
        } catch {
            hasFailed = true
            // What came whole before the damage belongs to those who asked for it.
            connection.received(values)
            connection.close(StoreError(.corrupt, "Redis at \(connection.name): \(error); is it a Redis server?", cause: error))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.end(StoreError(.unavailable, "Redis at \(connection.name) closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.close(StoreError(.unavailable, "Redis at \(connection.name): \(RedisTLS.explanation(of: error) ?? "\(error)")", cause: error))
    }
}
