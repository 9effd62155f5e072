internal import InterlockConcurrency
internal import InterlockTransport
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTP2
import Synchronization

/// One HTTP/2 connection and its streams.
final class SharedConnection: Sendable {
    private struct State {
        var streams = 0
        var hasServed = false
        var isRefusing = false
        var idleTimer: ScheduledAction?
    }

    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer
    private let goAway: NIOLoopBound<GoAwayHandler>
    private let refusal: DisconnectAction
    private let server: ServerURL
    private let idleTimeout: Duration
    private let clock: any SchedulingClock
    private let state = Mutex(State())

    init(
        channel: any Channel, multiplexer: NIOHTTP2Handler.StreamMultiplexer, goAway: GoAwayHandler, server: ServerURL,
        idleTimeout: Duration, clock: any SchedulingClock
    ) {
        self.channel = channel
        self.multiplexer = multiplexer
        self.refusal = goAway.refusal
        self.goAway = NIOLoopBound(goAway, eventLoop: channel.eventLoop)
        self.server = server
        self.idleTimeout = idleTimeout
        self.clock = clock
    }

    var closeFuture: EventLoopFuture<Void> { channel.closeFuture }

    /// Calls `action` once, when no new stream can be opened any more: the connection has closed, or the server has sent GOAWAY.
    func onRefusing(_ action: @escaping @Sendable () -> Void) {
        refusal.register { [weak self] in
            action()
            self?.refuse()
        }
        channel.closeFuture.whenComplete { [weak self] _ in
            action()
            self?.state.withLock { _ = $0.idleTimer?.cancel() }
        }
    }

    /// Opens a stream, as a connection that serves one request; `nil` when no new one can be opened any more.
    func stream() -> EventLoopFuture<HTTPConnection>? {
        let taken = state.withLock { state -> (isReused: Bool, timer: ScheduledAction?)? in
            if state.isRefusing || !channel.isActive { return nil }
            defer {
                state.streams += 1
                state.hasServed = true
                state.idleTimer = nil
            }
            return (state.hasServed, state.idleTimer)
        }
        guard let (isReused, timer) = taken else { return nil }
        timer?.cancel()
        let (server, goAway, codec) = (server, goAway, server.isSecure ? HTTP2FramePayloadToHTTP1ClientCodec.HTTPProtocol.https : .http)
        let opened = multiplexer.createStreamChannel { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ClientCodec(httpProtocol: codec))
                try stream.pipeline.syncOperations.addHandler(ExchangeHandler(server: server, goAway: goAway.value))
            }
        }
        opened.whenComplete { [self] result in
            switch result {
            case .success(let stream): stream.closeFuture.whenComplete { [self] _ in ended() }
            case .failure: ended()
            }
        }
        return opened.flatMapThrowing { stream in
            HTTPConnection(
                channel: stream, handler: try stream.pipeline.syncOperations.handler(type: ExchangeHandler.self), isReused: isReused)
        }
    }

    func close() {
        channel.close(promise: nil)
    }

    private func ended() {
        let mustClose = state.withLock { state in
            state.streams -= 1
            guard state.streams == 0 else { return false }
            if state.isRefusing { return true }
            state.idleTimer = clock.schedule(after: idleTimeout) { [weak self] in self?.closeIfIdle() }
            return false
        }
        if mustClose { close() }
    }

    private func closeIfIdle() {
        let isIdle = state.withLock { state in
            state.idleTimer = nil
            return state.streams == 0
        }
        if isIdle { refusal.peerIsGone() } // as if the server had said so: nobody opens a stream on a connection that is being closed
    }

    /// Lets the streams that are open end, then the connection.
    private func refuse() {
        let isIdle = state.withLock { state in
            state.isRefusing = true
            return state.streams == 0
        }
        if isIdle { close() }
    }
}
