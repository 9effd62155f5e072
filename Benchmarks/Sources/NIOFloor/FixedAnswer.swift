import Glibc
import NIOCore
import NIOHTTP1

/// The answer the floor gives to every request: what the echo server said to one of them.
struct FixedAnswer: Sendable {
    var head: HTTPResponseHead
    var body: ByteBuffer

    /// Reads a recorded answer: header fields, one a line, an empty line, the body. A first line `:status: 429` makes it one other than 200.
    init(file: String) throws {
        guard let stream = fopen(file, "r") else { throw IOError(errnoCode: errno, reason: "open \(file)") }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, stream)
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        var fields = HTTPHeaders()
        var status = HTTPResponseStatus.ok
        var rest = Substring(text)
        while let end = rest.firstIndex(of: "\n") {
            let line = rest[..<end]
            rest = rest[rest.index(after: end)...]
            if line.hasPrefix(":status: "), let code = Int(line.dropFirst(9)) {
                status = HTTPResponseStatus(statusCode: code)
                continue
            }
            guard let colon = line.firstIndex(of: ":") else { break }
            fields.add(name: String(line[..<colon]), value: String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        head = HTTPResponseHead(version: .http1_1, status: status, headers: fields)
        body = ByteBuffer(substring: rest)
    }
}

/// Gives the fixed answer when a request has ended.
final class FixedAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: FixedAnswer

    init(_ answer: FixedAnswer) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
