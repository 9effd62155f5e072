import InterlockConcurrency
import InterlockTransport

/// From the first call of `run` to its return: who waits for the address, how many connections there are, when it is over. Pure.
struct ServerLifecycleStateMachine {
    typealias AddressWaiter = Waiter<Result<ListeningAddress, TransportError>?>

    private enum Phase {
        case created
        case starting
        case listening(ListeningAddress)
        /// Still serving, while the connections there are end one by one.
        case windingDown
        /// The listener is closing or closed.
        case ending
        case over(TransportError?)
    }

    private var phase = Phase.created
    private var shutdownWasRequested = false
    private var isListenerOpen = false
    private var connections = 0
    private var addressWaiters: [AddressWaiter] = []
    private var runner: Waiter<Void>?

    var address: ListeningAddress? { if case .listening(let address) = phase { address } else { nil } }
    var connectionCount: Int { connections }

    /// `run` begins. False if it had begun before.
    mutating func start() -> Bool {
        guard case .created = phase else { return false }
        phase = .starting
        return true
    }

    /// The socket is bound. `ends` says that a shutdown was asked for meanwhile, and the caller must close the listener.
    mutating func bound(_ address: ListeningAddress) -> (waiters: [AddressWaiter], ends: Bool) {
        isListenerOpen = true
        phase = shutdownWasRequested ? .ending : .listening(address)
        defer { addressWaiters = [] }
        return (addressWaiters, shutdownWasRequested)
    }

    /// `run` has ended or never got to listen.
    mutating func finish(_ error: TransportError?) -> [AddressWaiter] {
        phase = .over(error)
        defer { addressWaiters = [] }
        return addressWaiters
    }

    /// What a shutdown begins with.
    enum ShutdownStep { case nothing, windDown, drain }

    /// A shutdown is asked for.
    ///
    /// - Parameter windsDown: whether connections that are kept alive get the time to hear of it.
    mutating func requestShutdown(windsDown: Bool) -> ShutdownStep {
        shutdownWasRequested = true
        guard case .listening = phase else { return .nothing }
        phase = windsDown && connections > 0 ? .windingDown : .ending
        return if case .windingDown = phase { .windDown } else { .drain }
    }

    /// The time to wind down has passed. True if the caller must drain now.
    mutating func graceIsOver() -> Bool {
        guard case .windingDown = phase else { return false }
        phase = .ending
        return true
    }

    mutating func connectionOpened() {
        connections += 1
    }

    /// A connection has ended. `drains` says that it was the last to wind down, and the caller must drain now.
    mutating func connectionClosed() -> (runner: Waiter<Void>?, drains: Bool) {
        connections -= 1
        return (takeRunnerIfOver(), connections == 0 && graceIsOver())
    }

    mutating func listenerClosed() -> Waiter<Void>? {
        isListenerOpen = false
        switch phase {
        case .listening, .windingDown: phase = .ending
        case .created, .starting, .ending, .over: break
        }
        return takeRunnerIfOver()
    }

    /// `run` waits for the end. Returns the waiter at once if it is the end.
    mutating func awaitEnd(_ waiter: Waiter<Void>) -> Waiter<Void>? {
        runner = waiter
        return takeRunnerIfOver()
    }

    enum AddressAnswer {
        case now(Result<ListeningAddress, TransportError>)
        case wait
    }

    mutating func awaitAddress(_ waiter: AddressWaiter) -> AddressAnswer {
        switch phase {
        case .listening(let address): return .now(.success(address))
        case .created, .starting:
            addressWaiters.append(waiter)
            return .wait
        case .windingDown, .ending: return .now(.failure(Self.endedError))
        case .over(let error): return .now(.failure(error ?? Self.endedError))
        }
    }

    /// Gives up waiting for the address. True if the caller must resolve the waiter.
    mutating func abandonAddress(_ waiter: AddressWaiter) -> Bool {
        guard let index = addressWaiters.firstIndex(where: { $0 === waiter }) else { return false }
        addressWaiters.remove(at: index)
        return true
    }

    static let endedError = TransportError(.closed, "The HTTP server has ended or is ending; it listens no more")

    private mutating func takeRunnerIfOver() -> Waiter<Void>? {
        guard !isListenerOpen, connections == 0 else { return nil }
        defer { runner = nil }
        return runner
    }
}
