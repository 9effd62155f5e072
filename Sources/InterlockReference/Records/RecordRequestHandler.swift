import InterlockJSON
import NIOCore
import NIOHTTP1

/// One connection to the record service: a request, its answer, the next.
final class RecordRequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let service: RecordService
    private var head: HTTPRequestHead?

    init(service: RecordService) {
        self.service = service
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break // nothing of a body means anything here
        case .end:
            guard let head else { return }
            self.head = nil
            let channel = context.channel
            service.handle(head) { response in Self.write(response, keepAlive: head.isKeepAlive, to: channel) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private static func write(_ response: RecordResponse, keepAlive: Bool, to channel: any Channel) {
        var headers: HTTPHeaders = ["content-type": "application/json"]
        let status: HTTPResponseStatus
        let body: JSONValue
        switch response {
        case .record(let record):
            status = .ok
            body = ["id": .string(record.id), "category": .string(record.category), "score": .number(JSONNumber(record.score))]
        case .tooManyRequests(let retryAfter):
            status = .tooManyRequests
            headers.add(name: "retry-after", value: "\(max(1, retryAfter.wholeSecondsRoundedUp))")
            body = ["error": "too many requests"]
        case .notFound:
            status = .notFound
            body = ["error": "there is only GET /records/{id}"]
        }
        let bytes = ByteBuffer(string: body.description)
        headers.add(name: "content-length", value: "\(bytes.readableBytes)")
        if !keepAlive { headers.add(name: "connection", value: "close") }
        // A client that is gone needs no answer, so the outcome of the writes is of no interest.
        channel.write(HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
        let written = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        if !keepAlive { written.whenComplete { _ in channel.close(promise: nil) } }
    }
}

extension Duration {
    /// Whole seconds, rounded up, as `Retry-After` counts them.
    var wholeSecondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
