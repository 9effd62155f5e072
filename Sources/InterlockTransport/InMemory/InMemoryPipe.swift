internal import InterlockConcurrency
import Synchronization

/// One direction of an in-memory link.
///
/// The thread that finds nobody delivering becomes the one that delivers, and goes on until the queue is empty; so the
/// receiver sees one message at a time and may send from within its callback.
final class InMemoryPipe: Sendable {
    /// The receiving end. Both are called by whoever delivers, never two at once; `ended` is the last call.
    struct Receiver: Sendable {
        var message: @Sendable ([UInt8]) -> Void
        var ended: @Sendable (TransportError?) -> Void
    }

    private struct State {
        var queue: OutboundQueue<WriteWaiter>
        var receiver: Receiver?
        var isPaused = false
        var error: TransportError?
        var deadlineCheck: ScheduledAction?
    }

    private let state: Mutex<State>
    private let clock: any SchedulingClock

    init(configuration: InMemoryConfiguration, clock: any SchedulingClock) {
        var queue = OutboundQueue<WriteWaiter>(byteBudget: configuration.byteBudget, writeDeadline: configuration.writeDeadline)
        _ = queue.hold(true, now: clock.now)
        state = Mutex(State(queue: queue))
        self.clock = clock
    }

    /// Bytes accepted and not yet delivered.
    var unsentBytes: Int { state.withLock { $0.queue.unsentBytes } }

    /// See ``OutboundQueue/isNearlyFull``.
    var isNearlyFull: Bool { state.withLock { $0.queue.isNearlyFull } }

    func send(_ bytes: [UInt8]) -> SendOutcome {
        let now = clock.now
        let (offer, first) = state.withLock { state -> (OutboundQueue<WriteWaiter>.Offer, OutboundQueue<WriteWaiter>.Next?) in
            let offer = state.queue.offer(bytes, now: now)
            return (offer, offer == .write ? state.queue.next() : nil)
        }
        switch offer {
        case .refused(let outcome):
            return outcome
        case .joined:
            watchDeadline()
            return .sent
        case .write:
            if let first { deliver(from: first) }
            return .sent
        }
    }

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

    /// Delivers from now on, what waited first. Call once.
    func attach(_ receiver: Receiver) {
        let next = state.withLock { state -> OutboundQueue<WriteWaiter>.Next? in
            state.receiver = receiver
            return Self.release(&state, now: clock.now)
        }
        if let next { deliver(from: next) }
    }

    /// Makes the receiver deaf, as a peer is that stops reading, until it is resumed.
    func setPaused(_ isPaused: Bool) {
        let next = state.withLock { state -> OutboundQueue<WriteWaiter>.Next? in
            state.isPaused = isPaused
            return Self.release(&state, now: clock.now)
        }
        if let next { deliver(from: next) }
    }

    /// Ends the direction after what was sent.
    func close() {
        let next = state.withLock { $0.queue.close() ? $0.queue.next() : nil }
        if let next { deliver(from: next) }
    }

    /// Ends the direction at once; what waits is dropped.
    func fail(_ error: TransportError) {
        let (waiting, ended) = state.withLock { state -> ([WriteWaiter], (@Sendable (TransportError?) -> Void)?) in
            guard let failure = state.queue.fail(error) else { return ([], nil) }
            state.error = error
            return (failure.waiting, failure.mustEnd ? Self.end(&state) : nil)
        }
        for waiter in waiting { waiter.resolve(.ended(error)) }
        ended?(error)
    }

    private static func release(_ state: inout State, now: MonotonicTime) -> OutboundQueue<WriteWaiter>.Next? {
        state.queue.hold(state.receiver == nil || state.isPaused, now: now) ? state.queue.next() : nil
    }

    private static func end(_ state: inout State) -> (@Sendable (TransportError?) -> Void)? {
        state.deadlineCheck?.cancel()
        state.deadlineCheck = nil
        let ended = state.receiver?.ended
        state.receiver = nil
        return ended
    }

    private func deliver(from first: OutboundQueue<WriteWaiter>.Next) {
        var next = first
        while case .message(let bytes) = next {
            let receiver = state.withLock { $0.receiver }
            receiver?.message(bytes)
            let waiting: [WriteWaiter]
            (waiting, next) = state.withLock { state in
                (state.queue.wrote(bytes.count, now: clock.now), state.queue.next())
            }
            for waiter in waiting { waiter.resolve(.ready) }
        }
        guard case .ended = next else { return }
        let (ended, error) = state.withLock { (Self.end(&$0), $0.error) }
        ended?(error)
    }

    /// Arms the one check of the write deadline, unless it is armed.
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
            fail(TransportError(.peerTooSlow, "the peer took nothing within the write deadline and was disconnected; let it read faster, or raise writeDeadline"))
        } else {
            watchDeadline()
        }
    }
}
