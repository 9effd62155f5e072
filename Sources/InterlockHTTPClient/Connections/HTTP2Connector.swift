internal import InterlockConcurrency
internal import InterlockTransport
internal import NIOCore
internal import NIOHTTP2
import Synchronization

/// Makes streams of HTTP/2 connections: of one, as long as the server takes as many streams at once as are wanted, else of as many more as that takes.
///
/// A stream looks like a connection that serves one request. Nothing waits for a stream of others to end: a call that the server holds until it has an answer
/// of the client would wait for itself. A connection is open once the server's settings have come; it is closed when it has been without streams for the idle
/// timeout.
final class HTTP2Connector: Connector {
    private struct State {
        var connections: [SharedConnection] = []
        var opening: EventLoopFuture<SharedConnection>?
        /// What is being opened, once it has a socket.
        var channel: (any Channel)?
        var isStopped = false
    }

    /// Connections in a row that a server may open only to refuse every stream.
    private static let maximumRefusals = 5
    /// Streams whose answers may still come after they were reset; more than that would end the connection.
    private static let recentlyReset = 1 << 12

    private let server: ServerURL
    private let bootstrap: SocketBootstrap
    private let clock: any SchedulingClock
    private let state = Mutex(State())

    init(server: ServerURL, bootstrap: SocketBootstrap, clock: any SchedulingClock) {
        self.server = server
        self.bootstrap = bootstrap
        self.clock = clock
    }

    func connect() -> EventLoopFuture<HTTPConnection> { stream(refusals: 0) }

    func stop() {
        let channel = state.withLock { state in
            state.isStopped = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    func close() async {
        let (connections, opening) = state.withLock { ($0.connections, $0.opening) }
        for connection in connections { await Self.close(connection.closeFuture.eventLoop.makeSucceededFuture(connection)) }
        if let opening { await Self.close(opening) }
    }

    private static func close(_ connection: EventLoopFuture<SharedConnection>) async {
        let closed = OneShot<Void>()
        connection.flatMap { connection in
            connection.close()
            return connection.closeFuture
        }.whenComplete { _ in closed.resolve(()) } // one that could not be made is closed as well
        await closed.wait()
    }

    /// - Parameter refusals: connections that have refused the stream though they stood, or just after they were opened.
    private func stream(refusals: Int) -> EventLoopFuture<HTTPConnection> {
        for connection in state.withLock({ $0.connections }) {
            if case .opens(let stream) = connection.stream() { return orElsewhere(stream, refusals) }
        }
        return opening().flatMap { [self] connection in
            switch connection.stream() {
            case .opens(let stream): orElsewhere(stream, refusals)
            case .isFull where connection.hasRoom: stream(refusals: refusals) // of others who waited for it, too
            case .isFull, .isRefused: orElsewhere(connection.closeFuture.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel), refusals)
            }
        }
    }

    /// A stream, or another one where it could not be opened, of which nobody was told anything then.
    private func orElsewhere(_ stream: EventLoopFuture<HTTPConnection>, _ refusals: Int) -> EventLoopFuture<HTTPConnection> {
        stream.flatMapError { [self] error in
            guard refusals >= Self.maximumRefusals else { return self.stream(refusals: refusals + 1) }
            let words = "the server at \(server.origin) ends every HTTP/2 connection before it can be used"
            return stream.eventLoop.makeFailedFuture(TransportError(.unreachable, words, cause: error))
        }
    }

    /// The connection that is being opened, for all who wait for one. It is kept from before they have it until it is closed.
    private func opening() -> EventLoopFuture<SharedConnection> {
        let (opening, promise) = state.withLock { state -> (EventLoopFuture<SharedConnection>, EventLoopPromise<SharedConnection>?) in
            if let opening = state.opening { return (opening, nil) }
            let promise = bootstrap.group.any().makePromise(of: SharedConnection.self)
            state.opening = promise.futureResult
            return (promise.futureResult, promise)
        }
        guard let promise else { return opening }
        open().whenComplete { [self] result in
            let connection = try? result.get()
            state.withLock { state in
                (state.opening, state.channel) = (nil, nil)
                if let connection { state.connections.append(connection) }
            }
            connection?.closeFuture.whenComplete { [weak self, weak connection] _ in
                self?.state.withLock { state in state.connections.removeAll { $0 === connection } }
            }
            promise.completeWith(result)
        }
        return opening
    }

    private func open() -> EventLoopFuture<SharedConnection> {
        let (server, clock, configuration) = (server, clock, bootstrap.configuration)
        return bootstrap.connect { channel in
            var connection = NIOHTTP2Handler.ConnectionConfiguration()
            connection.initialSettings = [HTTP2Setting(parameter: .enablePush, value: 0), HTTP2Setting(parameter: .initialWindowSize, value: 1 << 20)]
            connection.targetWindowSize = 8 << 20
            connection.maximumRecentlyResetStreams = Self.recentlyReset
            var stream = NIOHTTP2Handler.StreamConfiguration()
            stream.targetWindowSize = 1 << 20
            _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                mode: .client, connectionConfiguration: connection, streamConfiguration: stream,
                inboundStreamInitializer: { $0.close() }) // a server must not open streams here
            try channel.pipeline.syncOperations.addHandler(HTTP2ConnectionHandler(eventLoop: channel.eventLoop))
        }.flatMap { [self] channel in
            let isStopped = state.withLock { state in
                state.channel = channel
                return state.isStopped
            }
            if isStopped { channel.close(promise: nil) }
            let timer = clock.schedule(after: configuration.connectTimeout) { channel.close(promise: nil) }
            let opened = channel.eventLoop.makeCompletedFuture {
                let handler = try channel.pipeline.syncOperations.handler(type: HTTP2ConnectionHandler.self)
                let multiplexer = try channel.pipeline.syncOperations.handler(type: NIOHTTP2Handler.self).syncMultiplexer()
                return NIOLoopBound((handler, multiplexer), eventLoop: channel.eventLoop)
            }
            return opened.flatMap { parts in
                let (handler, multiplexer) = parts.value
                return handler.isOpen.flatMapErrorThrowing { throw Self.failure(to: server, $0) }.flatMapThrowing {
                    guard parts.value.0.limit.streams > 0 else {
                        channel.close(promise: nil)
                        throw TransportError(.unreachable, "the server at \(server.origin) allows no stream on its HTTP/2 connections")
                    }
                    return SharedConnection(
                        channel: channel, multiplexer: multiplexer, handler: parts.value.0, server: server, idleTimeout: configuration.idleTimeout, clock: clock)
                }
            }.always { _ in timer.cancel() }
        }
    }

    /// Why there are no settings on a connection that stands.
    private static func failure(to server: ServerURL, _ error: any Error) -> TransportError {
        guard error is any NIOHTTP2Error || error is ChannelError else { return HTTPConnection.transportError(error, server) }
        return TransportError(.unreachable, "\(server.origin) does not speak HTTP/2: the connection was made, and its settings did not come (\(error))", cause: error)
    }
}
