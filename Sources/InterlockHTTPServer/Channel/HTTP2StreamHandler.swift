import InterlockConcurrency
import InterlockTransport
import Logging
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One HTTP/2 stream: one request and its response.
final class HTTP2StreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = Never
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    let driver: RequestDriver
    private let connection: HTTP2ConnectionHandler
    private let id: HTTP2StreamID
    private var context: ChannelHandlerContext?
    private var hasHead = false
    private var isReadHeld = false

    init(_ connection: HTTP2ConnectionHandler, id: HTTP2StreamID, eventLoop: any EventLoop) {
        self.id = id
        self.connection = connection
        driver = RequestDriver(core: connection.core, scope: connection.scope, eventLoop: eventLoop)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        driver.output = self
        connection.opened(self, id: id)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        driver.disconnected()
        self.context = nil
        connection.closed(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        driver.disconnected()
        connection.closed(self)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let headers):
            if !hasHead {
                hasHead = true
                receive(headers.headers)
            }  // a second block is trailers, which say nothing here
            if headers.endStream { driver.receiveEnd() }
        case .data(let data):
            if case .byteBuffer(let bytes) = data.data { driver.receive(body: bytes) }
            if data.endStream { driver.receiveEnd() }
        default:
            break
        }
    }

    private func receive(_ block: HPACKHeaders) {
        if let head = IncomingHead(block) {
            driver.receive(head)
        } else {
            driver.isBodyComplete = false
            driver.refuse(Refusal.malformed("the request has no :method or no :path"))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        driver.readComplete()
    }

    func read(context: ChannelHandlerContext) {
        if driver.isDeciding { isReadHeld = true } else { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.core.logger.debug("stream failed", metadata: ["connection": "\(connection.scope.connection.id)", "error": "\(error)"])
        context.close(promise: nil)
    }
}

extension HTTP2StreamHandler: ResponseOutput {
    /// The end of a request says nothing about the peer here: one that leaves resets its stream.
    var peerClosedInput: Bool { false }

    func writeContinue() {
        context?.writeAndFlush(wrapOutboundOut(.headers(.init(headers: [":status": "100"]))), promise: nil)
    }

    func writeResponse(_ head: ResponseHead, body: [UInt8]?) {
        let bytes = head.omitsBody ? [] : body ?? []
        let length = head.status == 204 ? nil : body?.count ?? 0
        if bytes.isEmpty {
            writeBlock(head, length: length, endStream: true, promise: stopPeerWhenWritten())
        } else if let context {
            writeBlock(head, length: length, endStream: false)
            var buffer = context.channel.allocator.buffer(capacity: bytes.count)
            buffer.writeBytes(bytes)
            context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(buffer), endStream: true))), promise: stopPeerWhenWritten())
        }
        flush()
    }

    func writeHead(_ head: ResponseHead, length: Int?) {
        writeBlock(head, length: length, endStream: false)
    }

    private func writeBlock(_ head: ResponseHead, length: Int?, endStream: Bool, promise: EventLoopPromise<Void>? = nil) {
        guard let context else { return }
        var block = HPACKHeaders()
        block.reserveCapacity(8)
        block.add(name: ":status", value: head.status == 200 ? "200" : String(head.status))
        let local = connection.scope.local
        local.prefixes.update(wallTime: connection.core.clock.wallTime)
        block.add(name: "date", value: local.prefixes.dateText)
        switch head.content {
        case .json: block.add(name: "content-type", value: "application/json")
        case .events:
            block.add(name: "content-type", value: "text/event-stream")
            block.add(name: "cache-control", value: "no-cache")
            block.add(name: "x-accel-buffering", value: "no")
        case .other: break
        }
        if let length { block.add(name: "content-length", value: String(length)) }
        for (name, value) in head.fields { add(name, value, to: &block) }
        if let fields = connection.core.standingFields { for (name, value) in fields() { add(name, value, to: &block) } }
        if let origin = head.crossOrigin {
            for (name, value) in CrossOriginFields.answer(to: origin) { add(name, value, to: &block) }
        }
        context.write(wrapOutboundOut(.headers(.init(headers: block, endStream: endStream))), promise: promise)
    }

    private func add(_ name: String, _ value: String, to block: inout HPACKHeaders) {
        let name = name.lowercased()
        guard name.isSafeFieldValue, value.isSafeFieldValue, name != "connection", name != "transfer-encoding" else { return }
        block.add(name: name, value: value)
    }

    func writeBody(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(bytes)))), promise: promise)
    }

    func writeEnd() {
        guard let context else { return }
        let empty = context.channel.allocator.buffer(capacity: 0)
        context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(empty), endStream: true))), promise: stopPeerWhenWritten())
    }

    /// A stream closes by itself once both sides have ended. If the rest of the request is not wanted, the peer is told to
    /// stop sending, but only once the response is out: a reset drops what is still queued on its stream.
    private func stopPeerWhenWritten() -> EventLoopPromise<Void>? {
        guard !driver.isBodyComplete, let context else { return nil }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { [self] in
            guard let context = self.context, !driver.isBodyComplete else { return }
            context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
        }
        return promise
    }

    func flush() {
        context?.flush()
    }

    func requestFinished(bodyWasRead: Bool) {}

    func readingChanged() {
        guard isReadHeld, !driver.isDeciding else { return }
        isReadHeld = false
        context?.read()
    }

    func abort() {
        context?.close(promise: nil)
    }
}
