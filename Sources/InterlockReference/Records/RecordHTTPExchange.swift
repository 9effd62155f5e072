import InterlockConcurrency
import InterlockJSON
import NIOCore
import NIOHTTP1
import NIOPosix

/// Requests to the record service over HTTP/1.1, each on a connection of its own.
struct RecordHTTPExchange: RecordExchange {
    /// The port of the service, as soon as it listens.
    let port: Readiness<Int>
    /// How long one request may take, by the clock.
    let timeout: Duration
    let clock: any SchedulingClock

    func get(_ id: String) async throws -> RecordResponse {
        let port = try await self.port.value()
        let response = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: RecordResponse.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(RecordResponseHandler(response: response))
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
        } catch {
            response.fail(error)
            throw RecordError(message: "The record service cannot be reached (\(error)); try again later.")
        }
        let timer = clock.schedule(after: timeout) { channel.close(promise: nil) }
        defer {
            timer.cancel()
            channel.close(promise: nil)
        }
        return try await withTaskCancellationHandler {
            var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/records/" + PercentEncoding.encode(id))
            head.headers = ["host": "127.0.0.1:\(port)", "connection": "close", "accept": "application/json"]
            // A write that fails closes the channel, and closing it fails the response.
            channel.write(HTTPClientRequestPart.head(head), promise: nil)
            channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
            return try await response.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}

/// Collects one answer of the record service.
private final class RecordResponseHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private static let maximumBodyBytes = 64 << 10
    private let response: EventLoopPromise<RecordResponse>
    private var head: HTTPResponseHead?
    private var body = [UInt8]()

    init(response: EventLoopPromise<RecordResponse>) {
        self.response = response
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let part):
            body += part.readableBytesView
            if body.count > Self.maximumBodyBytes { context.close(promise: nil) }
        case .end: response.completeWith(Result { try read() })
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Comes after a complete answer too; a promise takes its first result only.
        response.fail(RecordError(message: "The record service closed the connection without an answer; try again."))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        response.fail(RecordError(message: "The record service's answer could not be read (\(error)); try again."))
        context.close(promise: nil)
    }

    private func read() throws -> RecordResponse {
        switch head?.status {
        case .ok: return .record(try RawJSON(body).decode())
        case .tooManyRequests:
            let seconds = head?.headers.first(name: "retry-after").flatMap { Int64($0) } ?? 1
            return .tooManyRequests(.seconds(min(max(seconds, 0), 60)))
        case .notFound: return .notFound
        default: throw RecordError(message: "The record service answered \(head?.status.code ?? 0); try again.")
        }
    }
}
