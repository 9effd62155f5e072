internal import InterlockConcurrency
internal import InterlockTransport
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTP2
import Synchronization

/// One HTTP/2 connection and its streams.
final class SharedConnection: Sendable {
    /// What becomes of the wish for a stream.
    enum Opening {
        case opens(EventLoopFuture<HTTPConnection>)
        /// The server takes no more at once than there are.
        case isFull
        /// It takes no new one any more.
        case isRefused
    }

    private struct State {
        var streams = 0
        /// Since the connection was opened.
        var opened = 0
        var isRefusing = false
        var idleTimer: ScheduledAction?
    }

    /// Streams of one connection, in its whole life: half of the numbers that there are for them.
    private static let maximumOpened = 1 << 29

    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer
    private let handler: NIOLoopBound<HTTP2ConnectionHandler>
    private let limit: HTTP2ConnectionHandler.Limit
    private let server: ServerURL
    private let idleTimeout: Duration
    private let clock: any SchedulingClock
    private let state = Mutex(State())

    /// Call on the channel's event loop.
    init(
        channel: any Channel, multiplexer: NIOHTTP2Handler.StreamMultiplexer, handler: HTTP2ConnectionHandler, server: ServerURL,
        idleTimeout: Duration, clock: any SchedulingClock
    ) {
        self.channel = channel
        self.multiplexer = multiplexer
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        limit = handler.limit
        self.server = server
        self.idleTimeout = idleTimeout
        self.clock = clock
        handler.refusal.register { [weak self] in self?.refuse() }
        channel.closeFuture.whenComplete { [weak self] _ in self?.state.withLock { _ = $0.idleTimer?.cancel() } }
        state.withLock { $0.idleTimer = idleTimer() }
    }

    var closeFuture: EventLoopFuture<Void> { channel.closeFuture }

    /// Whether the server takes any stream at all now.
    var hasRoom: Bool { limit.streams > 0 }

    /// Opens a stream, as a connection that serves one request.
    func stream() -> Opening {
        enum Place { case taken(isReused: Bool, timer: ScheduledAction?), full, refused }
        let place: Place = state.withLock { state in
            if state.opened == Self.maximumOpened { state.isRefusing = true }
            if state.isRefusing || !channel.isActive { return .refused }
            guard state.streams < limit.streams else { return .full }
            defer {
                state.streams += 1
                state.opened += 1
                state.idleTimer = nil
            }
            return .taken(isReused: state.opened > 0, timer: state.idleTimer)
        }
        switch place {
        case .full: return .isFull
        case .refused: return .isRefused
        case .taken(let isReused, let timer):
            timer?.cancel()
            return .opens(open(isReused: isReused))
        }
    }

    func close() {
        channel.close(promise: nil)
    }

    private func open(isReused: Bool) -> EventLoopFuture<HTTPConnection> {
        let (server, handler, codec) = (server, handler, server.isSecure ? HTTP2FramePayloadToHTTP1ClientCodec.HTTPProtocol.https : .http)
        let opened = multiplexer.createStreamChannel { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(ResetOnClose())
                try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ClientCodec(httpProtocol: codec))
                try stream.pipeline.syncOperations.addHandler(ExchangeHandler(server: server, streamOf: handler.value))
            }
        }
        opened.whenComplete { [self] result in
            switch result {
            case .success(let stream): stream.closeFuture.whenComplete { [self] _ in ended() }
            case .failure:
                refuse() // it is being closed
                ended()
            }
        }
        return opened.flatMapThrowing { stream in
            HTTPConnection(
                channel: stream, handler: try stream.pipeline.syncOperations.handler(type: ExchangeHandler.self), isReused: isReused)
        }
    }

    private func ended() {
        let mustClose = state.withLock { state in
            state.streams -= 1
            guard state.streams == 0 else { return false }
            if state.isRefusing { return true }
            state.idleTimer = idleTimer()
            return false
        }
        if mustClose { close() }
    }

    private func idleTimer() -> ScheduledAction {
        clock.schedule(after: idleTimeout) { [weak self] in self?.closeIfIdle() }
    }

    private func closeIfIdle() {
        let isIdle = state.withLock { state in
            state.idleTimer = nil
            guard state.streams == 0 else { return false }
            state.isRefusing = true // nobody opens a stream on a connection that is being closed
            return true
        }
        if isIdle { close() }
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

/// Takes back what a stream had to say when it is closed before any of it has gone out, since the connection takes no bytes: without this the HTTP/2 layer
/// would send it later, and the server would run a call that nobody waits for. A stream that has begun is reset by that layer.
private final class ResetOnClose: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum Phase { case silent, held, begun, over }

    private var phase = Phase.silent

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase == .silent else { return context.write(data, promise: promise) }
        phase = .held
        let written = promise ?? context.eventLoop.makePromise()
        written.futureResult.assumeIsolated().whenSuccess { [self] in if phase == .held { phase = .begun } }
        context.write(data, promise: written)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        phase = .over // a stream whose first frame was refused must not be reset, and the others have ended
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .over
        context.fireChannelInactive()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard phase == .held else { return context.close(mode: mode, promise: promise) }
        phase = .over
        let taken = context.eventLoop.makePromise(of: Void.self)
        taken.futureResult.assumeIsolated().whenComplete { _ in context.close(mode: mode, promise: promise) }
        context.writeAndFlush(wrapOutboundOut(.rstStream(.cancel)), promise: taken)
    }
}
