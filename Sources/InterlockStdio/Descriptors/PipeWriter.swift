internal import InterlockConcurrency
internal import InterlockTransport
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes whole lines to one descriptor without ever blocking its callers and without interleaving two lines.
///
/// A caller that finds nobody writing writes itself for as long as the descriptor takes bytes at once; what is left then
/// goes to a thread that waits for the reader, and that ends when it has caught up.
final class PipeWriter: Sendable {
    private struct State {
        var queue: OutboundQueue<WriteWaiter>
        /// Wakes the writer thread out of `poll`; there while such a thread runs.
        var wake: WakePipe?
        var error: TransportError?
        var deadlineCheck: ScheduledAction?
    }

    private enum Progress {
        case done
        /// The descriptor takes no more now; so many bytes of the message are left.
        case blocked(written: Int)
        case failed(Int32)
    }

    /// Lines that one caller writes for others before a thread takes over.
    private static let inlineLimit = 32

    private let state: Mutex<State>
    private let descriptor: Descriptor
    private let isNonBlocking: Bool
    private let clock: any SchedulingClock
    private let onEnd: @Sendable (TransportError?) -> Void

    /// - Parameters:
    ///   - descriptor: closed when the last line is written, or writing has failed.
    ///   - isNonBlocking: whether `descriptor` is private to us and set not to block; otherwise each write is small enough
    ///     that a descriptor reported writable takes it whole.
    ///   - onEnd: called once, from any thread, after the descriptor was closed; `nil` when everything was written.
    init(
        descriptor: Descriptor, isNonBlocking: Bool, byteBudget: Int, writeDeadline: Duration,
        clock: any SchedulingClock, onEnd: @escaping @Sendable (TransportError?) -> Void
    ) {
        self.state = Mutex(State(queue: OutboundQueue(byteBudget: byteBudget, writeDeadline: writeDeadline)))
        self.descriptor = descriptor
        self.isNonBlocking = isNonBlocking
        self.clock = clock
        self.onEnd = onEnd
    }

    /// Queues one line, its newline included.
    func send(_ line: [UInt8]) -> SendOutcome {
        let now = clock.now
        let (offer, first) = state.withLock { state -> (OutboundQueue<WriteWaiter>.Offer, OutboundQueue<WriteWaiter>.Next?) in
            let offer = state.queue.offer(line, now: now)
            return (offer, offer == .write ? state.queue.next() : nil)
        }
        switch offer {
        case .refused(let outcome): return outcome
        case .joined: return .sent
        case .write:
            if let first { writeInline(first) }
            return .sent
        }
    }

    /// See ``OutboundQueue/isNearlyFull``.
    var isNearlyFull: Bool { state.withLock { $0.queue.isNearlyFull } }

    /// Bytes that were taken and not written yet.
    var unsentBytes: Int { state.withLock { $0.queue.unsentBytes } }

    func writable() async throws {
        let waiter = WriteWaiter()
        switch state.withLock({ $0.queue.wait(waiter) }) {
        case .ready:
            return
        case .ended(let error):
            throw error
        case .suspended(let id):
            let room = await waiter.wait { [self] in
                state.withLock { $0.queue.cancelWait(id) }?.resolve(.cancelled)
            }
            switch room {
            case .ready: return
            case .ended(let error): throw error
            case .cancelled: throw CancellationError()
            }
        }
    }

    /// Takes no more lines; closes the descriptor after what is queued.
    func close() {
        let next = state.withLock { $0.queue.close() ? $0.queue.next() : nil }
        if let next { writeInline(next) }
    }

    /// Drops what is queued and closes the descriptor.
    func fail(_ error: TransportError) {
        let (failure, wake) = state.withLock { state -> ((waiting: [WriteWaiter], mustEnd: Bool)?, WakePipe?) in
            guard let failure = state.queue.fail(error) else { return (nil, nil) }
            state.error = error
            return (failure, state.wake)
        }
        guard let failure else { return }
        for waiter in failure.waiting { waiter.resolve(.ended(error)) }
        wake?.signal()
        if failure.mustEnd { end() }
    }

    // MARK: - The writer's role, held by one thread at a time

    private func writeInline(_ first: OutboundQueue<WriteWaiter>.Next) {
        var next = first
        var count = 0
        while case .message(let line) = next {
            count += 1
            switch count > Self.inlineLimit ? .blocked(written: 0) : write(line) {
            case .done:
                next = finished(line.count)
            case .blocked(let written):
                note(written)
                handOver(line, written: written)
                return
            case .failed(let code):
                fail(systemError("cannot write to file descriptor \(descriptor.number)", code))
                next = state.withLock { $0.queue.next() }
            }
        }
        if case .ended = next { end() }
    }

    /// Writes as much as goes without waiting.
    private func write(_ line: [UInt8], from offset: Int = 0) -> Progress {
        line.withUnsafeBytes { bytes in
            var written = offset
            while written < bytes.count {
                if !isNonBlocking, !isWritable() { return .blocked(written: written) }
                let count = posixWrite(bytes, from: written)
                if count >= 0 {
                    written += count
                    continue
                }
                switch errno {
                case EINTR: continue
                case EAGAIN: return .blocked(written: written)
                case let code: return .failed(code)
                }
            }
            return .done
        }
    }

    private func posixWrite(_ bytes: UnsafeRawBufferPointer, from offset: Int) -> Int {
        // A pipe that is writable takes PIPE_BUF bytes at once; more could block when the descriptor is a blocking one.
        let limit = isNonBlocking ? Int.max : Int(PIPE_BUF)
        #if canImport(Darwin)
        return Darwin.write(descriptor.number, bytes.baseAddress! + offset, min(bytes.count - offset, limit))
        #elseif canImport(Musl)
        return Musl.write(descriptor.number, bytes.baseAddress! + offset, min(bytes.count - offset, limit))
        #else
        return Glibc.write(descriptor.number, bytes.baseAddress! + offset, min(bytes.count - offset, limit))
        #endif
    }

    /// Whether a write goes through at once. A broken descriptor counts: the write says what is wrong with it.
    private func isWritable() -> Bool {
        var polled = pollfd(fd: descriptor.number, events: Int16(POLLOUT), revents: 0)
        return poll(&polled, 1, 0) > 0
    }

    /// Counts the last `count` bytes of a line and takes the next one.
    private func finished(_ count: Int) -> OutboundQueue<WriteWaiter>.Next {
        let (waiting, next) = state.withLock { state in
            (state.queue.wrote(count, now: clock.now), state.queue.next())
        }
        for waiter in waiting { waiter.resolve(.ready) }
        return next
    }

    /// Counts bytes in the middle of a line.
    private func note(_ count: Int) {
        guard count > 0 else { return }
        for waiter in state.withLock({ $0.queue.wrote(count, now: clock.now) }) { waiter.resolve(.ready) }
    }

    private func handOver(_ line: [UInt8], written: Int) {
        do throws(TransportError) {
            let wake = try WakePipe()
            let hasFailed = state.withLock { state in
                state.wake = wake
                return state.error != nil
            }
            if hasFailed { wake.signal() }
            watchDeadline()
            try PosixThread.start(named: "interlock-write") { [self] in writeOnThread(line, written: written, wake: wake) }
        } catch {
            fail(error)
            if case .ended = state.withLock({ $0.queue.next() }) { end() }
        }
    }

    private func writeOnThread(_ line: [UInt8], written: Int, wake: WakePipe) {
        var next = OutboundQueue<WriteWaiter>.Next.message(line)
        var offset = written
        while case .message(let line) = next {
            switch write(line, from: offset) {
            case .done:
                next = finished(line.count - offset)
                offset = 0
            case .blocked(let written):
                note(written - offset)
                offset = written
                if !waitUntilWritable(wake) { next = state.withLock { $0.queue.next() } }
            case .failed(let code):
                fail(systemError("cannot write to file descriptor \(descriptor.number)", code))
                next = state.withLock { $0.queue.next() }
            }
        }
        if case .ended = next { end() }
    }

    /// Sleeps until the reader has made room. Returns `false` when woken because the queue has failed.
    private func waitUntilWritable(_ wake: WakePipe) -> Bool {
        var polled = [
            pollfd(fd: descriptor.number, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&polled, 2, -1) < 0 {}
        return polled[1].revents == 0
    }

    private func end() {
        let (error, check) = state.withLock { state in
            defer { state.deadlineCheck = nil }
            return (state.error, state.deadlineCheck)
        }
        check?.cancel()
        descriptor.close()
        onEnd(error)
    }

    // MARK: - The write deadline

    /// Arms the one check of the deadline, unless it is armed.
    private func watchDeadline() {
        state.withLock { state in
            guard state.deadlineCheck == nil, let deadline = state.queue.deadline else { return }
            state.deadlineCheck = clock.schedule(at: deadline) { [weak self] in self?.checkDeadline() }
        }
    }

    private func checkDeadline() {
        let now = clock.now
        let isOver = state.withLock { state in
            state.deadlineCheck = nil
            return state.queue.deadline.map { $0 <= now } ?? false
        }
        if isOver {
            fail(TransportError(.peerTooSlow, "the peer read nothing within the write deadline and was disconnected; let it read faster, or raise writeDeadline"))
        } else {
            watchDeadline()
        }
    }
}
