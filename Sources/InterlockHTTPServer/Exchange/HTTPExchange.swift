import InterlockConcurrency
import InterlockTransport
import NIOCore
import Synchronization

/// The way back of one HTTP request: a plain response if only its end is said, an event stream from the first event on.
///
/// It belongs to one request of one connection and is found by nothing the peer chose. Calls come from any thread; what
/// they say is written on the connection's event loop, at once if the caller is there, otherwise after one hop.
final class HTTPExchange: ResponseStream {
    private let state: Mutex<ExchangeStateMachine>
    private let driver: NIOLoopBound<RequestDriver>
    private let eventLoop: any EventLoop

    init(driver: NIOLoopBound<RequestDriver>, eventLoop: any EventLoop, budget: Int, isHeld: Bool = false) {
        state = Mutex(ExchangeStateMachine(budget: budget, isHeld: isHeld))
        self.driver = driver
        self.eventLoop = eventLoop
    }

    // MARK: - From the sender

    func send(_ event: OutboundEvent) -> SendOutcome {
        let isOnLoop = eventLoop.inEventLoop
        let (outcome, work) = state.withLock { state in
            let sent = state.send(event, bytes: EventStreamEncoder.cost(of: event), onLoop: isOnLoop)
            hopIfNeeded(sent.work)
            return sent
        }
        if work == .drain { driver.value.drain(self) }
        return outcome
    }

    func finish(_ response: OutboundResponse) {
        end(.response(response))
    }

    func close() {
        end(.close)
    }

    private func end(_ ending: ExchangeStateMachine.Ending) {
        let isOnLoop = eventLoop.inEventLoop
        let (isDirect, work, waiters) = state.withLock { state in
            let ended = state.end(ending, onLoop: isOnLoop)
            hopIfNeeded(ended.work)
            return ended
        }
        for waiter in waiters { waiter.resolve(ExchangeStateMachine.endedError) }
        if isDirect, case .response(let response) = ending {
            driver.value.respond(response, of: self)
        } else if work == .drain {
            driver.value.drain(self)
        }
    }

    /// The hop is queued under the lock: `disconnect` takes the same lock before the connection's loop can end, so no hop
    /// comes after it.
    private func hopIfNeeded(_ work: ExchangeStateMachine.Work) {
        guard work == .hop else { return }
        eventLoop.execute { self.driver.value.drain(self) }
    }

    /// Whether so much waits for the peer that ``send(_:)`` refuses more.
    var isFull: Bool { state.withLock { $0.isFull } }

    func writable() async throws {
        let waiter = Waiter<TransportError?>()
        switch state.withLock({ $0.room(waiter) }) {
        case .now: return
        case .gone(let error): throw error
        case .wait:
            let error = await waiter.wait {
                if self.state.withLock({ $0.abandon(waiter) }) { waiter.resolve(nil) }
            }
            if let error { throw error }
            try Task.checkCancellation()
        }
    }

    func onDisconnect(_ action: @escaping @Sendable () -> Void) {
        if state.withLock({ $0.onDisconnect(action) }) { action() }
    }

    func onKeepAlive(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.onKeepAlive(action) }
    }

    // MARK: - From the event loop

    /// Lets the sender open the stream with an event of its own, before a comment does.
    func keepsAlive() {
        state.withLock { $0.takeKeepAliveAction() }?()
    }

    /// Starts to write what was said while the exchange was held.
    func release() {
        if state.withLock({ $0.release() }) == .drain { driver.value.drain(self) }
    }

    func take() -> (events: [OutboundEvent], ending: ExchangeStateMachine.Ending?) {
        state.withLock { $0.take() }
    }

    func wrote(_ bytes: Int) {
        for waiter in state.withLock({ $0.wrote(bytes) }) { waiter.resolve(nil) }
    }

    func disconnect(_ error: TransportError) {
        let (action, waiters) = state.withLock { $0.disconnect(error) }
        for waiter in waiters { waiter.resolve(error) }
        // Not now: a write that finds the connection gone comes here from within `send`, whose caller may hold what the action asks for.
        if let action { eventLoop.execute(action) }
    }
}
