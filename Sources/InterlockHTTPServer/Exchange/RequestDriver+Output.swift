import InterlockConcurrency
import InterlockTransport
import Logging
import NIOCore

extension RequestDriver {
    /// Bytes written in one piece; larger bodies are cut, so that a peer that takes them slowly is seen to take them.
    private static let pieceBytes = 64 << 10

    /// Writes a response without the outbox: nothing was said before it.
    func respond(_ response: OutboundResponse, of exchange: HTTPExchange) {
        guard current === exchange, output != nil else { return }
        if isEventStream {
            writeEvents([], .response(response), of: exchange)
        } else {
            write(response)
        }
        endRequest()
    }

    /// Writes what the exchange has in its outbox. An exchange that is over is not listened to.
    func drain(_ exchange: HTTPExchange) {
        guard current === exchange, output != nil else { return }
        let (events, ending) = exchange.take()
        if case .response(let response)? = ending, events.isEmpty, !isEventStream {
            write(response)
        } else if !events.isEmpty || ending != nil {
            writeEvents(events, ending, of: exchange)
        }
        if ending != nil { endRequest() }
    }

    private func writeEvents(_ events: [OutboundEvent], _ ending: ExchangeStateMachine.Ending?, of exchange: HTTPExchange) {
        beginEventStream()
        var cost = 0
        for event in events { cost += EventStreamEncoder.cost(of: event) }
        var buffer = scope.channel.allocator.buffer(capacity: cost + 64)
        if case .route = kind {
            for event in events { buffer.writeBytes(event.data) }
        } else {
            let naming: EventStreamEncoder.Naming = if case .legacy = kind { .message } else { .unnamed }
            for event in events where naming == .unnamed || !event.data.isEmpty { EventStreamEncoder.write(event, naming, into: &buffer) }
            if case .response(let response)? = ending, let body = response.body {
                EventStreamEncoder.write(OutboundEvent(data: body, id: response.eventID), naming, into: &buffer)
            }
        }
        lastWriteAt = core.clock.now
        writeCounted(buffer, cost: cost, of: exchange)
        if ending != nil { output?.writeEnd() }
        output?.flush()
    }

    /// A comment line: turns an exchange without answer into an event stream, and shows whether the peer is still there.
    func writeComment() {
        if case .route(isEventStream: false) = kind { return }
        if !isEventStream { current?.keepsAlive() }
        beginEventStream()
        lastWriteAt = core.clock.now
        writeCounted(EventStreamEncoder.comment, cost: 0, of: current)
        output?.flush()
    }

    func writePlain(_ head: ResponseHead, body: [UInt8]?) {
        guard let output else { return }
        guard let body, body.count > Self.pieceBytes, !head.omitsBody else { return output.writeResponse(head, body: body) }
        output.writeHead(head, length: body.count)
        writeCounted(ByteBuffer(bytes: body), cost: 0, of: nil)
        output.writeEnd()
        output.flush()
    }

    /// Writes in pieces and watches each of them leave. `cost` is what the exchange was charged and gets back at the end.
    private func writeCounted(_ buffer: ByteBuffer, cost: Int, of exchange: HTTPExchange?) {
        guard let output else { return }
        if unwrittenBytes == 0 { lastProgressAt = core.clock.now }
        var rest = buffer
        if rest.readableBytes == 0 { exchange?.wrote(cost) }
        while rest.readableBytes > 0, let piece = rest.readSlice(length: min(rest.readableBytes, Self.pieceBytes)) {
            let (count, isLast) = (piece.readableBytes, rest.readableBytes == 0)
            unwrittenBytes += count
            let promise = eventLoop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenComplete { [self] result in
                unwrittenBytes -= count
                lastProgressAt = core.clock.now
                // A failed write means that the channel is closing; `disconnected` tells the exchange.
                if isLast, case .success = result { exchange?.wrote(cost) }
            }
            output.writeBody(piece, promise: promise)
        }
    }

    // MARK: - Time

    /// A burst of reads is over: what is not finished by now gets its deadlines. Finished requests cost no look at the clock.
    func readComplete() {
        switch phase {
        case .reading where bodyDeadline == .distantFuture: bodyDeadline = core.clock.now + core.configuration.bodyTimeout
        case .answering where lastWriteAt == .distantFuture: lastWriteAt = core.clock.now
        default: break
        }
    }

    /// Looks for what has taken too long.
    func sweep(_ now: MonotonicTime) {
        if unwrittenBytes > 0, now - lastProgressAt >= core.configuration.writeDeadline { return cutOff() }
        switch phase {
        case .reading where now >= bodyDeadline:
            refuse(Refusal.bodyTimedOut)
        case .discarding where now >= bodyDeadline:
            output?.abort()
        case .answering where current != nil && unwrittenBytes == 0:
            if lastWriteAt != .distantFuture, now - lastWriteAt >= core.configuration.heartbeatInterval { writeComment() }
        default:
            break
        }
    }

    /// Ends the connection of a peer that does not read.
    private func cutOff() {
        core.logger.info(
            "peer reads too slowly and is disconnected",
            metadata: ["connection": "\(scope.connection.id)", "unwritten_bytes": "\(unwrittenBytes)"])
        let output = output
        disconnected(
            TransportError(.peerTooSlow, "The client took none of its bytes for \(core.configuration.writeDeadline) and was disconnected"))
        output?.abort()
    }

    // MARK: - Endings from outside

    /// The peer has closed its sending side. Whether it still reads shows only when something is written: a peer that is
    /// gone answers the comment line with a reset, one that waits for its answer ignores it.
    func peerHalfClosed() {
        if endsWithInput {
            let output = output
            disconnected()
            output?.abort()
            return
        }
        guard case .answering = phase, current != nil, unwrittenBytes == 0 else { return }
        writeComment()
    }

    /// Ends a stream that would stay open for ever. Exchanges go on to their response.
    func endStreams() {
        switch kind {
        case .response: break
        case .serverStream: current?.close()
        case .route:
            // The producer may fail of it when the loop is gone: by then its way back is closed.
            task?.work.cancel()
            task?.door.close()
            current?.close()
        case .legacy(let stream):
            guard let exchange = current else { return }
            // Nobody awaits this task: it ends with the stream, whose connection `run` waits for.
            Task {
                await stream.finish()
                exchange.close()
            }
        }
    }
}
