import InterlockStorage
import Synchronization

/// A bus whose listeners a test can cut off, by the number in which they came: what is said meanwhile they miss. It takes no listeners and no messages where
/// a test says so.
final class PatchyBus: MessageBus {
    private struct State {
        var listeners: [@Sendable (BusEvent) -> Void] = []
        var cut: Set<Int> = []
        var published = 0
        var takesListeners = true
        var takesMessages = true
    }

    private let state = Mutex(State())

    func publish(_ message: [UInt8], to channel: String) async throws(StoreError) {
        guard state.withLock({ $0.takesMessages }) else { throw StoreError(.unavailable, "the bus is away") }
        let hearers = state.withLock { state in
            state.published += 1 // before anybody hears it, so that what follows from it comes after
            return state.listeners.indices.filter { !state.cut.contains($0) }.map { state.listeners[$0] }
        }
        for receive in hearers { receive(.message(message)) }
    }

    /// Messages that have been said; who hears them is decided by then.
    var published: Int { state.withLock { $0.published } }

    func subscribe(to channel: String, _ receive: @escaping @Sendable (BusEvent) -> Void) async throws(StoreError) -> BusSubscription {
        let isTaken = state.withLock { state in
            if state.takesListeners { state.listeners.append(receive) }
            return state.takesListeners
        }
        guard isTaken else { throw StoreError(.unavailable, "the bus is away") }
        return BusSubscription {}
    }

    func takeListeners(_ takes: Bool) { state.withLock { $0.takesListeners = takes } }
    func takeMessages(_ takes: Bool) { state.withLock { $0.takesMessages = takes } }

    /// - Parameter saysSo: whether the listener is told that it hears nothing from now on.
    func cut(_ listener: Int, saysSo: Bool = false) {
        let receive = state.withLock { state in
            state.cut.insert(listener)
            return state.listeners[listener]
        }
        if saysSo { receive(.lost) }
    }

    /// - Parameter admits: whether the listener is told that it has missed something, as a bus has to.
    func mend(_ listener: Int, admits: Bool = true) {
        let receive = state.withLock { state in
            state.cut.remove(listener)
            return state.listeners[listener]
        }
        if admits { receive(.gap) }
    }
}
