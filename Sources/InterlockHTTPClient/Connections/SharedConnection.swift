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
        var hasServed = false
        var isRefusing = false
        var idleTimer: ScheduledAction?
    }

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
    }

    var closeFuture: EventLoopFuture<Void> { channel.closeFuture }

    /// Opens a stream, as a connection that serves one request.
    func stream() -> Opening {
        enum Place { case taken(isReused: Bool, timer: ScheduledAction?), full, refused }
        let place: Place = state.withLock { state in
            if state.isRefusing || !channel.isActive { return .refused }
            guard state.streams < limit.streams else { return .full }
            defer {
                state.streams += 1
                state.hasServed = true
                state.idleTimer = nil
            }
            return .taken(isReused: state.hasServed, timer: state.idleTimer)
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
                // It is being closed, or has had all the streams there are.
                refuse()
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
            state.idleTimer = clock.schedule(after: idleTimeout) { [weak self] in self?.closeIfIdle() }
            return false
        }
        if mustClose { close() }
    }

    private func closeIfIdle() {
        let isIdle = state.withLock { state in
            state.idleTimer = nil
            // Nobody opens a stream on a connection that is being closed.
            if state.streams == 0 { state.isRefusing = true }
            return state.isRefusing
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

/// Resets a stream that is closed before its end, also where the HTTP/2 layer has not sent its first frames yet, since the connection takes no bytes: without
/// this it would send them later, and the server would run a call that nobody waits for.
private final class ResetOnClose: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private var hasBegun = false
    private var isOver = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        hasBegun = true
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOver = true
        context.fireChannelInactive()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if hasBegun, !isOver {
            isOver = true
            context.writeAndFlush(wrapOutboundOut(.rstStream(.cancel)), promise: nil)
        }
        context.close(mode: mode, promise: promise)
    }
}
