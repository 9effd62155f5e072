import InterlockConcurrency
import InterlockTransport

/// What one exchange has still to say, and to whom it must tell that nobody listens any more. Pure: no clock, no I/O.
///
/// Events and the end go through one outbox whatever thread they come from, so their order is the order of the calls. It is
/// emptied on the event loop; `.hop` is returned at most once per emptying.
struct ExchangeStateMachine {
    /// How the exchange ends from this side.
    enum Ending {
        case response(OutboundResponse)
        case close
    }

    /// What the caller has to do after leaving the lock.
    enum Work: Equatable {
        /// Nothing: refused, or whoever empties the outbox will find it.
        case none
        /// Empty the outbox now: the caller is on the event loop.
        case drain
        /// Have the event loop empty the outbox.
        case hop
    }

    private enum Phase {
        /// Not released: what is said is kept.
        case held
        case open
        /// Ended by this side; the end may still be in the outbox.
        case ended
        /// The peer is gone, or was sent away.
        case gone(TransportError)
    }

    private let budget: Int
    private var phase: Phase
    private var events: [OutboundEvent] = []
    private var ending: Ending?
    private var isDrainPending = false
    private(set) var unsentBytes = 0
    /// Whether unsent bytes have reached the budget and have not fallen to half of it since.
    private(set) var isFull = false
    private var hasEvents = false
    private var waiters: [Waiter<TransportError?>] = []
    private var disconnectAction: (@Sendable () -> Void)?
    private var keepAliveAction: (@Sendable () -> Void)?

    init(budget: Int, isHeld: Bool) {
        self.budget = budget
        phase = isHeld ? .held : .open
    }

    // MARK: - From the sender

    mutating func send(_ event: OutboundEvent, bytes: Int, onLoop: Bool) -> (outcome: SendOutcome, work: Work) {
        switch phase {
        case .ended, .gone: return (.closed, .none)
        case .held, .open:
            guard ending == nil else { return (.closed, .none) }
            if isFull { return (.full, .none) }
            hasEvents = true
            events.append(event)
            unsentBytes += bytes
            if unsentBytes >= budget { isFull = true }
            return (.sent, work(onLoop: onLoop))
        }
    }

    /// `direct` means that nothing went before, so the caller, who is on the loop, may answer without the outbox.
    mutating func end(_ ending: Ending, onLoop: Bool) -> (direct: Bool, work: Work, waiters: [Waiter<TransportError?>]) {
        switch phase {
        case .ended, .gone: return (false, .none, [])
        case .held, .open:
            guard self.ending == nil else { return (false, .none, []) }
            let isDirect: Bool
            if case .open = phase, onLoop, !hasEvents, case .response = ending { isDirect = true } else { isDirect = false }
            let isHeld = if case .held = phase { true } else { false }
            disconnectAction = nil
            keepAliveAction = nil
            if isDirect {
                phase = .ended
                return (true, .none, takeWaiters())
            }
            self.ending = ending
            let work = work(onLoop: onLoop)
            if !isHeld { phase = .ended }
            return (false, work, takeWaiters())
        }
    }

    /// Registers what to run when the peer goes. Returns true if it is gone already, and the caller must run it.
    mutating func onDisconnect(_ action: @escaping @Sendable () -> Void) -> Bool {
        switch phase {
        case .gone: return true
        case .ended: return false
        case .held, .open:
            if ending == nil { disconnectAction = action }
            return false
        }
    }

    /// Registers what to run before the stream is opened without an event.
    mutating func onKeepAlive(_ action: @escaping @Sendable () -> Void) {
        if case .open = phase, !hasEvents { keepAliveAction = action }
    }

    /// Takes the action that opens the stream with an event, if nothing was said yet.
    mutating func takeKeepAliveAction() -> (@Sendable () -> Void)? {
        defer { keepAliveAction = nil }
        return hasEvents ? nil : keepAliveAction
    }

    enum Room {
        case now
        case gone(TransportError)
        case wait
    }

    /// Whether there is room; otherwise the waiter is kept until there is, or the end.
    mutating func room(_ waiter: Waiter<TransportError?>) -> Room {
        switch phase {
        case .gone(let error): return .gone(error)
        case .ended: return .gone(Self.endedError)
        case .held, .open:
            guard isFull else { return .now }
            waiters.append(waiter)
            return .wait
        }
    }

    /// Gives up waiting. True if the waiter was still kept, and the caller must resolve it.
    mutating func abandon(_ waiter: Waiter<TransportError?>) -> Bool {
        guard let index = waiters.firstIndex(where: { $0 === waiter }) else { return false }
        waiters.remove(at: index)
        return true
    }

    // MARK: - From the event loop

    /// Lets go of what was held back.
    mutating func release() -> Work {
        guard case .held = phase else { return .none }
        phase = ending == nil ? .open : .ended
        return events.isEmpty && ending == nil ? .none : work(onLoop: true)
    }

    /// Empties the outbox.
    mutating func take() -> (events: [OutboundEvent], ending: Ending?) {
        isDrainPending = false
        let taken = (events, ending)
        events = []
        ending = nil
        return taken
    }

    /// Bytes have left for the peer. Returns who waited for room, if there is enough again: less than half the budget in use.
    mutating func wrote(_ bytes: Int) -> [Waiter<TransportError?>] {
        unsentBytes -= bytes
        guard isFull, unsentBytes < max(1, budget / 2) else { return [] }
        isFull = false
        return takeWaiters()
    }

    /// The peer is gone. Returns the registered action, unless this side had ended the exchange, and all who waited for room.
    mutating func disconnect(_ error: TransportError) -> (action: (@Sendable () -> Void)?, waiters: [Waiter<TransportError?>]) {
        switch phase {
        case .gone, .ended:
            events = []
            ending = nil
            return (nil, takeWaiters())
        case .held, .open:
            phase = .gone(error)
            events = []
            ending = nil
            let action = disconnectAction
            disconnectAction = nil
            keepAliveAction = nil
            return (action, takeWaiters())
        }
    }

    static let endedError = TransportError(.closed, "The response stream has ended; nothing can be sent on it any more")

    private mutating func work(onLoop: Bool) -> Work {
        if case .held = phase { return .none }
        if onLoop { return .drain }
        if isDrainPending { return .none }
        isDrainPending = true
        return .hop
    }

    private mutating func takeWaiters() -> [Waiter<TransportError?>] {
        let taken = waiters
        waiters = []
        return taken
    }
}
