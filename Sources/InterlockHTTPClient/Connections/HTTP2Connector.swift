internal import InterlockConcurrency
internal import InterlockTransport
internal import NIOCore
internal import NIOHTTP2
import Synchronization

/// Makes streams of one HTTP/2 connection, which it opens when the first is wanted and again when it was lost.
///
/// A stream looks like a connection that serves one request. More streams than the server allows at once wait inside the
/// HTTP/2 layer. The connection is closed when it has been without streams for the idle timeout.
final class HTTP2Connector: Connector {
    private struct State {
        var shared: EventLoopFuture<SharedConnection>?
        /// Tells a connection that is lost from one that has taken its place.
        var number = 0
        var isClosed = false
    }

    private let server: ServerURL
    private let bootstrap: SocketBootstrap
    private let clock: any SchedulingClock
    private let state = Mutex(State())

    init(server: ServerURL, bootstrap: SocketBootstrap, clock: any SchedulingClock) {
        self.server = server
        self.bootstrap = bootstrap
        self.clock = clock
    }

    func connect() -> EventLoopFuture<HTTPConnection> {
        let (shared, number, isNew) = state.withLock { state -> (EventLoopFuture<SharedConnection>, Int, Bool) in
            if let shared = state.shared { return (shared, state.number, false) }
            let opened = open()
            state.shared = opened
            state.number += 1
            return (opened, state.number, true)
        }
        if isNew { watch(shared, number: number) }
        return shared.flatMap { [self] connection in
            if let stream = connection.stream() { return stream }
            forget(number)
            return connect()
        }
    }

    func close() async {
        let shared = state.withLock { state in
            state.isClosed = true
            return state.shared
        }
        guard let shared else { return }
        let closed = OneShot<Void>()
        shared.flatMap { connection in
            connection.close()
            return connection.closeFuture
        }.whenComplete { _ in closed.resolve(()) } // one that could not be made is closed as well
        await closed.wait()
    }

    private func open() -> EventLoopFuture<SharedConnection> {
        let (server, clock, idleTimeout) = (server, clock, bootstrap.configuration.idleTimeout)
        return bootstrap.connect { channel in
            var connection = NIOHTTP2Handler.ConnectionConfiguration()
            connection.initialSettings = [HTTP2Setting(parameter: .enablePush, value: 0), HTTP2Setting(parameter: .initialWindowSize, value: 1 << 20)]
            connection.targetWindowSize = 8 << 20
            var stream = NIOHTTP2Handler.StreamConfiguration()
            stream.targetWindowSize = 1 << 20
            _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                mode: .client, connectionConfiguration: connection, streamConfiguration: stream,
                inboundStreamInitializer: { $0.close() }) // a server must not open streams here
            try channel.pipeline.syncOperations.addHandler(GoAwayHandler())
        }.flatMapThrowing { channel in
            let multiplexer = try channel.pipeline.syncOperations.handler(type: NIOHTTP2Handler.self).syncMultiplexer()
            let goAway = try channel.pipeline.syncOperations.handler(type: GoAwayHandler.self)
            return SharedConnection(
                channel: channel, multiplexer: multiplexer, goAway: goAway, server: server, idleTimeout: idleTimeout, clock: clock)
        }
    }

    /// Forgets the connection when it fails, closes, or says that it takes no new streams.
    private func watch(_ shared: EventLoopFuture<SharedConnection>, number: Int) {
        shared.whenComplete { [weak self] result in
            switch result {
            case .success(let connection): connection.onRefusing { [weak self] in self?.forget(number) }
            case .failure: self?.forget(number)
            }
        }
    }

    private func forget(_ number: Int) {
        state.withLock { state in
            if state.number == number { state.shared = nil }
        }
    }
}
