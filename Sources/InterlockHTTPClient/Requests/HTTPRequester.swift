public import InterlockConcurrency
import InterlockTransport
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// One HTTP request and its whole answer, each on a connection of its own: for key sets, introspection, traces and webhooks, which are rare.
///
/// No redirect is followed, the server's certificate is checked, and neither header fields nor bodies get into errors.
public struct HTTPRequester: Sendable {
    private let configuration: HTTPClientConfiguration
    private let clock: any SchedulingClock
    private let group: any EventLoopGroup

    /// - Parameters:
    ///   - configuration: of it the connect timeout and the certificate authorities.
    ///   - clock: decides when a request has taken too long.
    public init(configuration: HTTPClientConfiguration = HTTPClientConfiguration(), clock: any SchedulingClock = SystemClock.shared) {
        self.configuration = configuration
        self.clock = clock
        self.group = MultiThreadedEventLoopGroup.singleton
    }

    /// An answer, whatever its status.
    public struct Answer: Sendable {
        public var status: Int
        public var headers: [(name: String, value: String)]
        public var body: [UInt8]
    }

    /// Sends a request and reads its answer.
    ///
    /// - Parameters:
    ///   - headers: beside `Host`, `Content-Length` and `Connection`, which are made here.
    ///   - timeout: for everything from the connection to the last byte.
    ///   - maximumBytes: of the answer's body; a longer one is an error.
    /// - Throws: ``InterlockTransport/TransportError``; `CancellationError` when the task is cancelled, and the connection is closed then.
    public func send(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [], timeout: Duration = .seconds(10),
        maximumBytes: Int = 1 << 20
    ) async throws -> Answer {
        let server = try ServerURL(url)
        let tls: Result<TLSSupport, TransportError>
        do throws(TransportError) { tls = .success(try TLSSupport(server, configuration)) } catch { throw error }
        let answer = group.next().makePromise(of: Answer.self)
        let bootstrap = SocketBootstrap(server: server, configuration: configuration, tls: tls, group: group)
        var fields = HTTPHeaders([("Host", server.hostField), ("Connection", "close")])
        for (name, value) in headers { fields.add(name: name, value: value) }
        if !body.isEmpty || method == "POST" { fields.replaceOrAdd(name: "Content-Length", value: String(body.count)) }
        let head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: server.target, headers: fields)
        let connecting = bootstrap.connect { channel in
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(AnswerHandler(head: head, body: body, maximumBytes: maximumBytes, answer: answer))
        }
        connecting.whenFailure { error in answer.fail(TransportError(.unreachable, "cannot reach \(server.origin)", cause: error)) }
        let tooLate = clock.schedule(after: timeout) {
            answer.fail(TransportError(.timedOut, "\(server.origin) has not answered within \(timeout)"))
            connecting.whenSuccess { $0.close(promise: nil) }
        }
        defer { tooLate.cancel() }
        return try await withTaskCancellationHandler {
            try await answer.futureResult.get()
        } onCancel: {
            answer.fail(CancellationError())
            connecting.whenSuccess { $0.close(promise: nil) }
        }
    }
}

/// Writes one request and collects its answer.
private final class AnswerHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: [UInt8]
    private let maximumBytes: Int
    private let answer: EventLoopPromise<HTTPRequester.Answer>
    private var received: HTTPRequester.Answer?

    init(head: HTTPRequestHead, body: [UInt8], maximumBytes: Int, answer: EventLoopPromise<HTTPRequester.Answer>) {
        self.head = head
        self.body = body
        self.maximumBytes = maximumBytes
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !body.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: body)))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.status.code >= 200 else { return } // an interim answer; the real one follows
            received = HTTPRequester.Answer(status: Int(head.status.code), headers: head.headers.map { ($0.name, $0.value) }, body: [])
        case .body(let bytes):
            guard let count = received?.body.count, count + bytes.readableBytes <= maximumBytes else {
                return fail(TransportError(.badResponse, "the answer is longer than \(maximumBytes) bytes"), context)
            }
            received?.body.append(contentsOf: bytes.readableBytesView)
        case .end:
            if let received { answer.succeed(received) }
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(TransportError(.unreachable, TLSSupport.explanation(of: error) ?? "the exchange failed", cause: error), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.fail(TransportError(.closed, "the connection ended before the answer did"))
        context.fireChannelInactive()
    }

    private func fail(_ error: TransportError, _ context: ChannelHandlerContext) {
        answer.fail(error)
        context.close(promise: nil)
    }
}
