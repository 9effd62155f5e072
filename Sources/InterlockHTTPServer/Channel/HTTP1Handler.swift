import InterlockConcurrency
import InterlockTransport
import Logging
import NIOCore
import NIOHTTP1

/// One HTTP/1.1 connection: the requests on it one after the other.
///
/// Reads on while a request is answered, so that a peer that leaves is noticed. What comes then of the next request waits,
/// and while anything waits nothing more is read: at most one burst of reads is held.
final class HTTP1Handler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the connection waits for, and until when.
    private enum State {
        /// A head; part of it may have come.
        case head(deadline: MonotonicTime, hasBegun: Bool)
        case idle(deadline: MonotonicTime)
        /// A request is being read or answered.
        case busy
        /// The last response is written; the rest of what the peer sends is thrown away until it closes, or a reset
        /// could take the response from it.
        case lingering(deadline: MonotonicTime)
        case closed
    }

    private let core: ServerCore
    private let scope: ConnectionScope
    private let driver: RequestDriver
    private var context: ChannelHandlerContext?
    private var state: State

    private var pending = CircularBuffer<HTTPServerRequestPart>()
    private var pendingBytes = 0
    private var isProcessing = false
    private var isInBurst = false
    private var sawPart = false
    private var needsFlush = false
    private var isReadHeld = false
    private var lingeredBytes = 0

    private var keepsAlive = true
    private var isHTTP10 = false
    /// The body is short enough to be read and ignored, should it be refused.
    private var bodyIsSkippable = true
    private var mustClose = false
    private(set) var peerClosedInput = false
    private var framing = HTTP1ResponseWriter.Framing.none
    private var scratch: ByteBuffer

    private static let skippableBytes = 64 << 10
    private static let pendingLimit = 4 << 20
    private static let lingerTime = Duration.seconds(2)
    private static let scratchLimit = 16 << 10

    init(scope: ConnectionScope) {
        self.scope = scope
        core = scope.core
        driver = RequestDriver(core: scope.core, scope: scope, eventLoop: scope.channel.eventLoop)
        state = .head(deadline: scope.openedAt + scope.core.configuration.headerTimeout, hasBegun: false)
        scratch = scope.channel.allocator.buffer(capacity: 1_024)
    }

    // MARK: - Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        driver.output = self
        scope.register(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        driver.disconnected()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        state = .closed
        scope.unregister()
        pending.removeAll()
        driver.disconnected()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        isInBurst = true
        sawPart = true
        switch state {
        case .closed: return
        case .lingering: return discard(part)
        case .head, .idle, .busy: break
        }
        if pending.isEmpty, !isProcessing, canTake(part) {
            isProcessing = true
            process(part)
            isProcessing = false
            processPending()
        } else {
            park(part)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isInBurst = false
        if case .idle(let deadline) = state {
            if deadline == .distantFuture {
                state = .idle(deadline: core.clock.now + core.configuration.idleTimeout)
            } else if !sawPart {
                state = .head(deadline: core.clock.now + core.configuration.headerTimeout, hasBegun: true)
            }
        } else if case .head(let deadline, false) = state {
            state = .head(deadline: deadline, hasBegun: true)
        } else {
            driver.readComplete()
        }
        sawPart = false
        if needsFlush {
            needsFlush = false
            context.flush()
        }
    }

    func read(context: ChannelHandlerContext) {
        if holdsReads { isReadHeld = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { processPending() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        peerClosedInput = true
        if case .busy = state, driver.isBodyComplete {
            driver.peerHalfClosed()
        } else if pending.isEmpty {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            core.logger.debug("connection failed", metadata: ["connection": "\(scope.connection.id)", "error": "\(error)"])
            return context.close(promise: nil)
        }
        switch state {
        case .closed, .lingering:
            context.close(promise: nil)
        case .busy where driver.isBodyComplete:
            mustClose = true  // what follows the request in flight is not HTTP; the request itself is answered
        case .busy where peerClosedInput || driver.isDiscarding:
            context.close(promise: nil)
        case .head, .idle, .busy:
            keepsAlive = false
            bodyIsSkippable = false
            state = .busy
            driver.refuse(error == .headerOverflow ? Refusal.headTooLarge : Refusal.malformed("\(error)"))
        }
    }

    // MARK: - Requests in order

    /// Whether the part can be taken now: it belongs to the request in hand, or begins one while none is in hand.
    private func canTake(_ part: HTTPServerRequestPart) -> Bool {
        if case .head = part {
            return driver.isIdle && context?.channel.isWritable ?? false
        }
        return !driver.isBodyComplete
    }

    private func process(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head):
            state = .busy
            let incoming = IncomingHead(head)
            isHTTP10 = head.version.minor == 0
            keepsAlive = head.isKeepAlive && !incoming.fields.wantsUpgrade && head.method != .CONNECT
            bodyIsSkippable = isSkippable(head, incoming)
            driver.receive(incoming)
        case .body(let bytes):
            driver.receive(body: bytes)
        case .end:
            let wasDiscarding = driver.isDiscarding
            driver.receiveEnd()
            if wasDiscarding, case .busy = state { becomeIdle() }
            if peerClosedInput { driver.peerHalfClosed() }
        }
    }

    private func isSkippable(_ head: HTTPRequestHead, _ incoming: IncomingHead) -> Bool {
        if incoming.fields.expectsContinue { return false }
        if let length = incoming.fields.contentLength { return (Int(length) ?? .max) <= Self.skippableBytes }
        return !head.headers.contains(name: "transfer-encoding")
    }

    private func park(_ part: HTTPServerRequestPart) {
        pendingBytes += 64
        if case .body(let bytes) = part { pendingBytes += bytes.readableBytes }
        // One burst of reads is far below this; only a peer that closed with megabytes behind a request gets here.
        guard pendingBytes <= Self.pendingLimit else { return abort() }
        pending.append(part)
    }

    private func processPending() {
        guard !isProcessing else { return }
        isProcessing = true
        while let part = pending.first, canTake(part) {
            pending.removeFirst()
            process(part)
        }
        isProcessing = false
        if pending.isEmpty { pendingBytes = 0 }
        if pending.isEmpty, peerClosedInput, case .idle = state { context?.close(promise: nil) }
        readingChanged()
        if !isInBurst, needsFlush {
            needsFlush = false
            context?.flush()
        }
    }

    private func becomeIdle() {
        if mustClose || !keepsAlive { return finishAndClose() }
        // The clock is read once per burst, when the burst is over.
        state = .idle(deadline: isInBurst ? .distantFuture : core.clock.now + core.configuration.idleTimeout)
    }

    private var holdsReads: Bool {
        switch state {
        case .closed, .lingering: false
        case .head, .idle, .busy: !pending.isEmpty || driver.isDeciding
        }
    }

    // MARK: - Closing

    /// Closes the sending side once everything is written, and waits for the peer to close the other.
    private func finishAndClose() {
        if case .lingering = state { return }
        guard let context else { return }
        pending.removeAll()
        state = .lingering(deadline: core.clock.now + Self.lingerTime)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in
            guard let context = self.context else { return }
            if peerClosedInput { context.close(promise: nil) } else { context.close(mode: .output, promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(capacity: 0)), promise: promise)
        readingChanged()
    }

    private func discard(_ part: HTTPServerRequestPart) {
        guard case .body(let bytes) = part else { return }
        lingeredBytes += bytes.readableBytes
        if lingeredBytes > core.configuration.maximumBodyBytes { context?.close(promise: nil) }
    }
}

extension HTTP1Handler: ResponseOutput {
    func writeContinue() {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    func writeResponse(_ head: ResponseHead, body: [UInt8]?) {
        guard let context else { return }
        let count = body?.count ?? 0
        var buffer: ByteBuffer
        if count <= Self.scratchLimit {
            scratch.clear()
            buffer = scratch
            scratch = ByteBuffer()
        } else {
            buffer = context.channel.allocator.buffer(capacity: count + 512)
        }
        framing = head.status == 204 ? .none : .length(count)
        writeHeadBytes(head, into: &buffer)
        if let body, !head.omitsBody { buffer.writeBytes(body) }
        if count <= Self.scratchLimit { scratch = buffer }
        context.write(wrapOutboundOut(buffer), promise: nil)
        flush()
    }

    func writeHead(_ head: ResponseHead, length: Int?) {
        guard let context else { return }
        framing = length.map { .length($0) } ?? (isHTTP10 ? .untilClose : .chunked)
        if framing == .untilClose { keepsAlive = false }
        var buffer = context.channel.allocator.buffer(capacity: 512)
        writeHeadBytes(head, into: &buffer)
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    private func writeHeadBytes(_ head: ResponseHead, into buffer: inout ByteBuffer) {
        if !driver.isBodyComplete, !bodyIsSkippable { keepsAlive = false }
        if core.isDraining || mustClose || peerClosedInput && pending.isEmpty { keepsAlive = false }
        scope.local.prefixes.update(wallTime: core.clock.wallTime)
        let persistence: HTTP1ResponseWriter.Persistence = keepsAlive ? (isHTTP10 ? .keepExplicitly : .keep) : .close
        HTTP1ResponseWriter.write(head, framing, persistence, scope.local.prefixes, into: &buffer)
    }

    func writeBody(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        guard framing == .chunked else { return context.write(wrapOutboundOut(bytes), promise: promise) }
        guard bytes.readableBytes > 0 else {
            promise?.succeed()
            return
        }
        if bytes.readableBytes <= Self.scratchLimit {
            var chunk = context.channel.allocator.buffer(capacity: bytes.readableBytes + 16)
            chunk.writeString("\(String(bytes.readableBytes, radix: 16))\r\n")
            chunk.writeImmutableBuffer(bytes)
            chunk.writeStaticString("\r\n")
            context.write(wrapOutboundOut(chunk), promise: promise)
        } else {
            context.write(wrapOutboundOut(ByteBuffer(string: "\(String(bytes.readableBytes, radix: 16))\r\n")), promise: nil)
            context.write(wrapOutboundOut(bytes), promise: nil)
            context.write(wrapOutboundOut(ByteBuffer(staticString: "\r\n")), promise: promise)
        }
    }

    func writeEnd() {
        guard let context, framing == .chunked else { return }
        context.write(wrapOutboundOut(ByteBuffer(staticString: "0\r\n\r\n")), promise: nil)
    }

    /// Within a burst of reads one flush at its end serves all responses.
    func flush() {
        if isInBurst || isProcessing { needsFlush = true } else { context?.flush() }
    }

    func requestFinished(bodyWasRead: Bool) {
        if !keepsAlive || mustClose {
            finishAndClose()
        } else if bodyWasRead {
            becomeIdle()
            processPending()
        }
    }

    func readingChanged() {
        guard isReadHeld, !holdsReads else { return }
        isReadHeld = false
        context?.read()
    }

    func abort() {
        state = .closed
        context?.close(promise: nil)
    }
}

extension HTTP1Handler: OpenConnection {
    func sweep(_ now: MonotonicTime) {
        switch state {
        case .closed:
            return
        case .head(let deadline, _) where now >= deadline:
            keepsAlive = false
            state = .busy
            driver.refuse(Refusal.headTimedOut)
        case .idle(let deadline) where now >= deadline, .lingering(let deadline) where now >= deadline:
            context?.close(promise: nil)
        case .head, .idle, .busy, .lingering:
            driver.sweep(now)
            if now - scope.openedAt >= core.configuration.connectionTimeout { shutDown() }
        }
    }

    func shutDown() {
        switch state {
        case .idle, .head(_, hasBegun: false):
            context?.close(promise: nil)
        case .head, .busy:
            mustClose = true
            driver.endStreams()
        case .lingering, .closed:
            break
        }
    }

    func closeNow() {
        context?.close(promise: nil)
    }
}
