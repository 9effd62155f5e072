import InterlockConcurrency
import NIOCore

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
        if core.endsConnections || mustClose || peerClosedInput && pending.isEmpty { keepsAlive = false }
        scope.local.prefixes.update(wallTime: core.clock.wallTime)
        let persistence: HTTP1ResponseWriter.Persistence = keepsAlive ? (isHTTP10 ? .keepExplicitly : .keep) : .close
        var head = head
        // Adding none would still copy the fields of a prepared answer.
        if let fields = core.standingFields?(), !fields.isEmpty { head.fields += fields }
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
