import InterlockConcurrency
import NIOCore
import NIOHTTP1

extension HTTP1Handler: OpenConnection {
    func sweep(_ now: MonotonicTime) {
        switch state {
        case .closed:
            return
        case .head(let deadline, _) where now >= deadline:
            keepsAlive = false
            state = .busy
            driver.refuse(Refusal.headTimedOut)
        case .idle(let deadline) where now >= deadline:
            // What came in time is read by a loop that is behind after it was swept; the next sweep looks again.
            if let context, !context.hasUnreadBytes { context.close(promise: nil) }
        case .lingering(let deadline) where now >= deadline:
            context?.close(promise: nil)
        case .head, .idle, .busy, .lingering:
            driver.sweep(now)
            if now - scope.openedAt >= core.configuration.connectionTimeout { shutDown() }
        }
    }

    func windDown() {
        if case .busy = state { driver.endStreams() }
    }

    func shutDown() {
        switch state {
        case .idle, .head(_, hasBegun: false):
            guard let context else { return }
            // A request that has come and was not read yet is answered, as the last one.
            if context.hasUnreadBytes { mustClose = true } else { context.close(promise: nil) }
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

    /// Closes the sending side once everything is written, and waits for the peer to close the other.
    func finishAndClose() {
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

    func discard(_ part: HTTPServerRequestPart) {
        guard case .body(let bytes) = part else { return }
        lingeredBytes += bytes.readableBytes
        if lingeredBytes > Self.lingerLimit { context?.close(promise: nil) }
    }
}
