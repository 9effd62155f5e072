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
    enum State {
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

    let core: ServerCore
    let scope: ConnectionScope
    let driver: RequestDriver
    var context: ChannelHandlerContext?
    var state: State

    var pending = CircularBuffer<HTTPServerRequestPart>()
    var pendingBytes = 0
    var isProcessing = false
    var isInBurst = false
    var sawPart = false
    var needsFlush = false
    var isReadHeld = false
    var lingeredBytes = 0

    var keepsAlive = true
    var isHTTP10 = false
    /// The body is short enough to be read and ignored, should it be refused.
    var bodyIsSkippable = true
    var mustClose = false
    private(set) var peerClosedInput = false
    var framing = HTTP1ResponseWriter.Framing.none
    var scratch: ByteBuffer

    static let skippableBytes = 64 << 10
    static let pendingLimit = 4 << 20
    static let lingerTime = Duration.seconds(2)
    /// What a peer may go on sending after it was refused; closing at once could take the refusal from it.
    static let lingerLimit = 256 << 20
    static let scratchLimit = 16 << 10

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
    func canTake(_ part: HTTPServerRequestPart) -> Bool {
        if case .head = part {
            return driver.isIdle && context?.channel.isWritable ?? false
        }
        return !driver.isBodyComplete
    }

    func process(_ part: HTTPServerRequestPart) {
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

    func isSkippable(_ head: HTTPRequestHead, _ incoming: IncomingHead) -> Bool {
        if incoming.fields.expectsContinue { return false }
        if let length = incoming.fields.contentLength { return (Int(length) ?? .max) <= Self.skippableBytes }
        return !head.headers.contains(name: "transfer-encoding")
    }

    func park(_ part: HTTPServerRequestPart) {
        pendingBytes += 64
        if case .body(let bytes) = part { pendingBytes += bytes.readableBytes }
        // One burst of reads is far below this; only a peer that closed with megabytes behind a request gets here.
        guard pendingBytes <= Self.pendingLimit else { return abort() }
        pending.append(part)
    }

    func processPending() {
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

    func becomeIdle() {
        if mustClose || !keepsAlive { return finishAndClose() }
        // The clock is read once per burst, when the burst is over.
        state = .idle(deadline: isInBurst ? .distantFuture : core.clock.now + core.configuration.idleTimeout)
    }

    var holdsReads: Bool {
        switch state {
        case .closed, .lingering: false
        case .head, .idle, .busy: !pending.isEmpty || driver.isDeciding
        }
    }
}
