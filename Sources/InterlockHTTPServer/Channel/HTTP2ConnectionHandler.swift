import InterlockConcurrency
import InterlockTransport
import Logging
import NIOCore
import NIOHTTP2

/// One HTTP/2 connection: keeps count of its streams, ends it in order, and ends it at once when the peer breaks the rules.
final class HTTP2ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    let core: ServerCore
    let scope: ConnectionScope
    private var context: ChannelHandlerContext?
    private var streams: [ObjectIdentifier: HTTP2StreamHandler] = [:]
    private var lastStreamID = HTTP2StreamID.rootStream
    private var idleSince: MonotonicTime
    private var isWindingDown = false
    private var saysGoingAway = false
    private var isShuttingDown = false
    private var isClosing = false

    init(scope: ConnectionScope) {
        self.scope = scope
        core = scope.core
        idleSince = scope.openedAt
    }

    // MARK: - Streams

    func opened(_ stream: HTTP2StreamHandler, id: HTTP2StreamID) {
        streams[ObjectIdentifier(stream)] = stream
        lastStreamID = max(lastStreamID, id)
        sayGoingAway()
        if core.isDraining { shutDown() }
    }

    func closed(_ stream: HTTP2StreamHandler) {
        guard streams.removeValue(forKey: ObjectIdentifier(stream)) != nil, streams.isEmpty else { return }
        idleSince = core.clock.now
        if isShuttingDown || saysGoingAway { closeInOrder() }
    }

    /// It has seen what the connection began with. One that was spared at the drain for it was not told to go away with the others: it is now, or with its
    /// first stream if that is on its way.
    func wasInstalled() { joinDrain() }

    private func joinDrain() {
        if core.isDraining, context.map({ !$0.hasUnreadBytes }) ?? true { shutDown() }
    }

    // MARK: - Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        scope.register(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        scope.unregister()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Frames of the connection itself; the HTTP/2 layer has acted on them.
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOHTTP2Errors.StreamError { return }  // its stream has been told
        core.logger.debug("connection failed", metadata: ["connection": "\(scope.connection.id)", "error": "\(error)"])
        context.close(promise: nil)
    }

    /// The layers of an HTTP/2 connection, to be added behind whatever is there.
    static func install(on channel: any Channel, scope: ConnectionScope) throws -> HTTP2ConnectionHandler {
        let limits = scope.core.configuration.http2
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.maximumConcurrentStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: scope.core.configuration.maximumHeaderBytes),
            HTTP2Setting(parameter: .initialWindowSize, value: limits.streamWindow),
        ]
        connection.maximumSequentialContinuationFrames = limits.maximumContinuations
        connection.maximumConnectionGlitches = limits.maximumStreamErrors
        connection.targetWindowSize = limits.connectionWindow
        let window = TimeAmount(limits.window)
        connection.controlFrameRateLimit.maximumCount = limits.maximumControlFrames
        connection.controlFrameRateLimit.windowLength = window
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = limits.streamWindow
        stream.streamResetFrameRateLimit.maximumCount = limits.maximumResets
        stream.streamResetFrameRateLimit.windowLength = window
        stream.streamErrorRateLimit.maximumCount = limits.maximumStreamErrors
        stream.streamErrorRateLimit.windowLength = window
        let handler = HTTP2ConnectionHandler(scope: scope)
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        // A connection cannot be half closed in HTTP/2: its end is the end of every stream.
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: connection, streamConfiguration: stream
        ) { child in
            child.eventLoop.makeCompletedFuture {
                let id = try child.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID)
                let handler = HTTP2StreamHandler(bound.value, id: id ?? .rootStream, eventLoop: child.eventLoop)
                try child.pipeline.syncOperations.addHandler(handler)
            }
        }
        try channel.pipeline.syncOperations.addHandler(handler)
        return handler
    }
}

extension HTTP2ConnectionHandler: OpenConnection {
    func sweep(_ now: MonotonicTime) {
        for stream in streams.values { stream.driver.sweep(now) }
        if now - scope.openedAt >= core.configuration.connectionTimeout { shutDown() }
        joinDrain()
        // A stream that a loop which is behind has not read yet keeps the connection; the next sweep looks again.
        if streams.isEmpty, now - idleSince >= core.configuration.idleTimeout, context.map({ !$0.hasUnreadBytes }) ?? true { closeInOrder() }
    }

    /// The peer hears with its next stream, or now if one is open, to open no more (RFC 9113, section 6.8). When the last that is open has ended the
    /// connection does too, and says which it was, so that the peer knows what it may send again elsewhere.
    func windDown() {
        guard !isWindingDown, !isShuttingDown else { return }
        isWindingDown = true
        sayGoingAway()
        for stream in streams.values { stream.driver.endStreams() }
    }

    /// Without an open stream the layer below would end the connection with it, under a request that may be on its way.
    private func sayGoingAway() {
        guard isWindingDown, !isShuttingDown, !saysGoingAway, !streams.isEmpty else { return }
        saysGoingAway = true
        context?.writeAndFlush(wrapOutboundOut(goAway(after: .maxID)), promise: nil)
    }

    /// Tells the peer to open no more streams; those that are open go on to their end.
    func shutDown() {
        guard !isShuttingDown else { return }
        isShuttingDown = true
        if streams.isEmpty { return closeInOrder() }
        context?.writeAndFlush(wrapOutboundOut(goAway(after: .maxID)), promise: nil)
        for stream in streams.values { stream.driver.endStreams() }
    }

    func closeNow() {
        context?.close(promise: nil)
    }

    /// Closes once the last frame is written: this one, behind everything else.
    private func closeInOrder() {
        guard !isClosing, let context else { return }
        isClosing = true
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in self.context?.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(goAway(after: lastStreamID)), promise: promise)
    }

    private func goAway(after stream: HTTP2StreamID) -> HTTP2Frame {
        HTTP2Frame(streamID: .rootStream, payload: .goAway(lastStreamID: stream, errorCode: .noError, opaqueData: nil))
    }
}
