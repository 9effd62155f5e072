internal import InterlockJSON
internal import InterlockTransport
internal import NIOCore

/// One kept HTTP/1.1 connection that carries one tool call at a time: writes it in one piece and reads the answer as it comes.
///
/// Lives on its event loop and nowhere else.
final class LeanConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: ServerURL
    private let maximumMessageBytes: Int
    private let connections: LeanConnections
    private var context: ChannelHandlerContext?
    private var answer: LeanAnswer?
    private var framer = ResponseFramer()
    /// Whether bytes came that belong to no answer.
    private var isOutOfStep = false
    /// Closes the connection of a stream that goes on after its response.
    private var timer: Scheduled<Void>?
    /// Kept for its storage, which is free again once a request has gone out.
    private var request = ByteBuffer()

    init(_ connections: LeanConnections, server: ServerURL, maximumMessageBytes: Int) {
        self.connections = connections
        self.server = server
        self.maximumMessageBytes = maximumMessageBytes
    }

    /// The id of the call it carries.
    var callID: RequestID? { answer?.call.id }

    /// Whether a call can be sent on it.
    var isUsable: Bool { answer == nil && context?.channel.isActive == true }

    /// Sends a call. Only while ``isUsable``.
    func start(_ call: LeanCall) {
        guard let context else { preconditionFailure("a call was given to a connection that is no more") }
        answer = LeanAnswer(to: call, maximumMessageBytes: maximumMessageBytes)
        request.clear(minimumCapacity: call.request.head.count + call.message.bytes.count + 256)
        request.writeBytes(call.request.head)
        for (name, value) in call.message.headers {
            request.writeString(name)
            request.writeStaticString(": ")
            request.writeString(value)
            request.writeStaticString("\r\n")
        }
        request.writeStaticString("Content-Length: ")
        request.writeString(String(call.message.bytes.count))
        request.writeStaticString("\r\n\r\n")
        request.writeBytes(call.message.bytes)
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    /// Gives its call up, of which nobody wants to hear any more.
    func abandon() {
        guard takeAnswer() != nil else { return }
        connections.release(self, .none)
    }

    func close() {
        context?.close(promise: nil)
    }

    // MARK: - The channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A server that speaks without having been asked is out of step.
        guard answer != nil else { return close() }
        var events: [[UInt8]] = []
        do throws(TransportError) {
            if try read(unwrapInboundIn(data), &events) { return finish(events, error: nil) }
        } catch {
            return finish(events, error: error)
        }
        guard !events.isEmpty else { return }
        do throws(TransportError) {
            for event in events { try answer?.received(event, to: connections.receiver) }
        } catch {
            return finish([], error: error)
        }
        if answer?.hasResponse == true, timer == nil {
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.abandon() }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // An answer of no known length ends with its connection.
        finish([], error: framer.close() ? nil : HTTPConnection.transportError(nil, server))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish([], error: HTTPConnection.transportError(error, server))
        close()
    }

    // MARK: - The answer

    /// Reads what was received. Returns whether the answer is complete.
    private func read(_ buffer: ByteBuffer, _ events: inout [[UInt8]]) throws(TransportError) -> Bool {
        try buffer.readableBytesUInt8Span { bytes throws(TransportError) -> Bool in
            var offset = 0
            while true {
                let step: ResponseFramer.Step
                do throws(ResponseFramer.Malformed) {
                    step = try framer.next(bytes, at: &offset)
                } catch {
                    throw TransportError(.badResponse, "the server at \(server.origin) sent no HTTP/1.1 response that can be read: \(error.reason)")
                }
                switch step {
                case .head(let head): answer?.begin(head)
                case .body(let range): try answer?.read(bytes.extracting(range), &events)
                case .more: return false
                case .end:
                    // Whatever follows, nobody asked for it.
                    isOutOfStep = offset < bytes.count
                    return true
                }
            }
        }
    }

    /// Ends the call, if there is one: gives the connection on before the caller hears of it, so that its next call finds it.
    private func finish(_ events: [[UInt8]], error: TransportError?) {
        guard var done = takeAnswer() else { return }
        let isReusable = error == nil && !isOutOfStep && done.head?.keepsAlive == true
        connections.release(self, isReusable ? .idle(atMost: done.head?.keepAlive) : .none)
        var failure = error
        for event in events {
            do throws(TransportError) {
                try done.received(event, to: connections.receiver)
            } catch {
                failure = error
            }
        }
        connections.ended(done.call, done.end(failure, receiver: connections.receiver))
    }

    private func takeAnswer() -> LeanAnswer? {
        timer?.cancel()
        timer = nil
        defer { answer = nil }
        return answer
    }
}
