import InterlockConcurrency
import InterlockTransport
import Logging
import NIOCore
import NIOHTTP1

/// The beginning of every connection: waits until it may be served, and learns from the first bytes which HTTP it speaks.
///
/// HTTP/2 begins with a fixed preface, in the clear (h2c by prior knowledge) as well as under TLS. Everything else is HTTP/1.
final class ProtocolDetector: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// In the queue: nothing is read.
        case waiting
        case detecting(ByteBuffer?, deadline: MonotonicTime)
        /// To be told that there is no place.
        case refused
        case lingering(deadline: MonotonicTime)
        case done
    }

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let lingerTime = Duration.seconds(2)

    private let core: ServerCore
    private let loop: ServerLoop
    private let local: ServerLoop.Local
    private let channelID: ObjectIdentifier
    private var context: ChannelHandlerContext?
    private var state = State.waiting
    private var isReadHeld = false

    init(core: ServerCore, loop: ServerLoop, channel: any Channel) {
        self.core = core
        self.loop = loop
        local = loop.local
        channelID = ObjectIdentifier(channel)
    }

    // MARK: - Admission

    /// The first answer of the admission, before the handler is in its channel.
    func start(_ arrival: ConnectionQueueStateMachine<UInt64>.Arrival) {
        switch arrival {
        case .admit: state = .detecting(nil, deadline: core.clock.now + core.configuration.headerTimeout)
        case .wait: state = .waiting
        case .refuse: state = .refused
        }
    }

    /// The second answer, if the first was to wait.
    func resolved(_ outcome: ConnectionAdmission.Outcome) {
        guard case .waiting = state else { return }
        switch outcome {
        case .admitted: state = .detecting(nil, deadline: core.clock.now + core.configuration.headerTimeout)
        case .refused:
            state = .refused
            refuse()
        }
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }

    private func refuse() {
        guard let context else { return }
        state = .lingering(deadline: core.clock.now + Self.lingerTime)
        write(core.isDraining ? Refusal.draining : Refusal.noFreeConnection, to: context)
    }

    private func write(_ response: OutboundResponse, to context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 512)
        let head = ResponseHead(status: response.status, content: .json, fields: response.headers)
        local.prefixes.update(wallTime: core.clock.wallTime)
        HTTP1ResponseWriter.write(head, .length(response.body?.count ?? 0), .close, local.prefixes, into: &buffer)
        buffer.writeBytes(response.body ?? [])
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in self.context?.close(mode: .output, promise: nil) }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
    }

    // MARK: - Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        local.connections[channelID] = self
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if case .refused = state { refuse() }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .done = state {} else { local.connections[channelID] = nil }
        state = .done
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if case .waiting = state { isReadHeld = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .detecting(let earlier, let deadline):
            var bytes = unwrapInboundIn(data)
            if var all = earlier {
                all.writeBuffer(&bytes)
                bytes = all
            }
            switch Self.isPreface(bytes) {
            case nil: state = .detecting(bytes, deadline: deadline)
            case let isHTTP2?: hand(over: bytes, isHTTP2: isHTTP2, context)
            }
        case .done:
            context.fireChannelRead(data)
        case .waiting, .refused, .lingering:
            break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            if case .done = state {} else { return context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        core.logger.debug("connection failed before its first request", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    /// Whether the connection begins as HTTP/2 does; `nil` if that is still open.
    private static func isPreface(_ bytes: ByteBuffer) -> Bool? {
        let count = min(bytes.readableBytes, preface.count)
        guard bytes.readableBytesView.prefix(count).elementsEqual(preface.prefix(count)) else { return false }
        return count == preface.count ? true : nil
    }

    private func hand(over bytes: ByteBuffer, isHTTP2: Bool, _ context: ChannelHandlerContext) {
        state = .done
        let scope = ConnectionScope(core: core, loop: loop, channel: context.channel, kind: isHTTP2 ? .http2 : .http1)
        var connection: HTTP2ConnectionHandler?
        do {
            if isHTTP2 {
                connection = try HTTP2ConnectionHandler.install(on: context.channel, scope: scope)
            } else {
                var limits = NIOHTTPDecoderLimitConfiguration()
                limits.maxHeaderListSize = core.configuration.maximumHeaderBytes
                limits.maxHeaderFieldSize = core.configuration.maximumHeaderBytes
                let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits))
                try context.pipeline.syncOperations.addHandlers(decoder, HTTP1Handler(scope: scope))
            }
        } catch {
            // The channel is closing under our hands; nobody is left to tell.
            core.logger.debug("connection ended before it was set up", metadata: ["error": "\(error)"])
            return context.close(promise: nil)
        }
        context.fireChannelRead(wrapInboundOut(bytes))
        connection?.wasInstalled()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}

extension ProtocolDetector: OpenConnection {
    func sweep(_ now: MonotonicTime) {
        switch state {
        case .detecting(_, let deadline) where now >= deadline:
            guard let context else { return }
            state = .lingering(deadline: now + Self.lingerTime)
            write(Refusal.headTimedOut, to: context)
        case .lingering(let deadline) where now >= deadline:
            context?.close(promise: nil)
        case .waiting, .detecting, .refused, .lingering, .done:
            break
        }
    }

    /// Serves what comes: it may be on its way.
    func windDown() {}

    func shutDown() {
        switch state {
        // Who has sent something already is read, and then served or refused.
        case .detecting(nil, _): if let context, !context.hasUnreadBytes { context.close(promise: nil) }
        case .waiting, .detecting, .refused, .lingering, .done: break
        }
    }

    func closeNow() {
        context?.close(promise: nil)
    }
}
