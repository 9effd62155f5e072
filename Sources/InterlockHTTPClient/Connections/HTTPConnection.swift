internal import InterlockTransport
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTP2

/// Takes the parts of one response, on the connection's event loop.
protocol ResponseReceiver: AnyObject, Sendable {
    func received(_ head: HTTPResponseHead)
    func received(_ body: ByteBuffer)
    /// The response is complete. The connection is somebody else's by now.
    func finished()
    /// The response will not come, or not to its end.
    func failed(_ error: TransportError, _ progress: RequestProgress)
}

/// One request as it goes out.
struct OutboundRequest: Sendable {
    var head: HTTPRequestHead
    var body: [UInt8]
}

/// Carries one request at a time: an HTTP/1.1 connection, kept alive between them, or a stream of HTTP/2, which ends with its request.
final class HTTPConnection: Sendable {
    /// Whether what it runs on has served before, so that the server may have given it up at this very moment.
    let isReused: Bool
    /// Whether it is a stream, which serves one request.
    let isStream: Bool
    private let channel: any Channel
    private let handler: NIOLoopBound<ExchangeHandler>

    /// - Parameter handler: the last handler of the channel's pipeline. Call on the channel's event loop.
    init(channel: any Channel, handler: ExchangeHandler, isReused: Bool = false) {
        self.isReused = isReused
        isStream = handler.isStream
        self.channel = channel
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    }

    /// Sends a request whose response goes to `receiver`; then calls `onIdle`, with whether the connection can be used again.
    func start(_ request: OutboundRequest, receiver: any ResponseReceiver, onIdle: @escaping @Sendable (FurtherUse) -> Void) {
        let handler = handler
        if channel.eventLoop.inEventLoop {
            handler.value.start(request, receiver: receiver, onIdle: onIdle)
        } else {
            channel.eventLoop.execute { handler.value.start(request, receiver: receiver, onIdle: onIdle) }
        }
    }

    /// Closes the connection; a response that is on its way fails.
    func close() {
        channel.close(promise: nil)
    }

    var closeFuture: EventLoopFuture<Void> { channel.closeFuture }

    /// What a connection's failure is to whoever waits for a response.
    static func transportError(_ error: (any Error)?, _ server: ServerURL) -> TransportError {
        guard let error else { return TransportError(.closed, "the server at \(server.origin) closed the connection before its response was complete") }
        if let error = error as? TransportError { return error }
        if let explanation = TLSSupport.explanation(of: error) {
            return TransportError(.unreachable, "no connection to \(server.origin): \(explanation)", cause: error)
        }
        if let error = error as? NIOHTTP2Errors.StreamClosed {
            // Which side has reset it is not known: this one does that to a response that breaks the rules.
            let code = error.errorCode == .protocolError ? "protocol error" : "HTTP/2 error code \(error.errorCode.networkCode)"
            return TransportError(
                .closed, "the stream of the request to \(server.origin) was reset before its response was complete (\(code))", cause: error)
        }
        return TransportError(.closed, "the connection to \(server.origin) failed: \(error)", cause: error)
    }
}

/// How far a request had come that has failed.
enum RequestProgress: Sendable, Hashable {
    /// Nothing of it has gone out.
    case unsent
    /// The server says that it has not begun with it, so that any request may be sent again. Spec: RFC 9113, section 8.7.
    case refused
    /// It has gone out, and then the connection was lost: nobody knows what became of it.
    case sent
    /// The server has said something of it: the head of a response, or that its stream is over.
    case answered
}

/// Matches the one response of a connection to the one request that is out.
final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private struct Exchange {
        var receiver: any ResponseReceiver
        var onIdle: @Sendable (FurtherUse) -> Void
        var keepsAlive = true
        var sawHead = false
        /// Whether all of the request has gone out. Known of streams alone.
        var isSent = false
    }

    private let server: ServerURL
    /// The connection of HTTP/2 that the channel is a stream of.
    private let shared: HTTP2ConnectionHandler?
    private var context: ChannelHandlerContext?
    private var exchange: Exchange?
    private var isInformational = false
    /// What the server says with its first response, for all of this connection.
    private var keepAlive: Duration?
    private var hasAnswered = false

    /// - Parameter shared: the connection of HTTP/2 that the channel is a stream of. A stream ends by itself once both sides have said all they had to say.
    init(server: ServerURL, streamOf shared: HTTP2ConnectionHandler? = nil) {
        self.server = server
        self.shared = shared
    }

    var isStream: Bool { shared != nil }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func start(_ request: OutboundRequest, receiver: any ResponseReceiver, onIdle: @escaping @Sendable (FurtherUse) -> Void) {
        guard let context, context.channel.isActive, exchange == nil else {
            receiver.failed(TransportError(.closed, "the connection to \(server.origin) was closed before the request was sent"), .unsent)
            onIdle(.none)
            return
        }
        guard shared?.takesStreams != false else {
            receiver.failed(TransportError(.closed, "the server at \(server.origin) takes no new streams"), .refused)
            context.close(promise: nil)
            onIdle(.none)
            return
        }
        exchange = Exchange(receiver: receiver, onIdle: onIdle)
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        if !request.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: request.body)))), promise: nil)
        }
        var sent: EventLoopPromise<Void>?
        if isStream {
            let promise = context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenSuccess { [self] in exchange?.isSent = true }
            sent = promise
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard exchange != nil else {
            // Bytes that nobody asked for: the connection is out of step.
            context.close(promise: nil)
            return
        }
        switch unwrapInboundIn(data) {
        case .head(let head):
            isInformational = (100..<200).contains(head.status.code)
            guard !isInformational else { return }
            if !hasAnswered {
                hasAnswered = true
                keepAlive = head.headers.first(name: "Keep-Alive").flatMap(HeadFields.keepAlive)
            }
            exchange?.keepsAlive = !isStream && head.isKeepAlive
            exchange?.sawHead = true
            exchange?.receiver.received(head)
        case .body(let body):
            if !isInformational { exchange?.receiver.received(body) }
        case .end:
            if !isInformational { finish(context) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard let done = exchange else { return }
        exchange = nil
        // To close a stream is to reset it (RFC 9113, section 5.4.2), and servers count that as an attack. It takes a reset only where the server has
        // answered before it had the whole request.
        if !done.keepsAlive, !done.isSent { context.close(promise: nil) }
        done.onIdle(done.keepsAlive ? .idle(atMost: keepAlive) : .none)
        done.receiver.finished()
    }

    private func fail(_ error: (any Error)?) {
        guard let broken = exchange else { return }
        exchange = nil
        broken.onIdle(.none)
        let progress: RequestProgress = broken.sawHead ? .answered : shared?.progress(after: error) ?? .sent
        broken.receiver.failed(HTTPConnection.transportError(shared?.cause(of: error) ?? error, server), progress)
    }
}
