import InterlockStorage
import Synchronization

/// A bus whose listeners a test can cut off, by the number in which they came: what is said meanwhile they miss.
final class PatchyBus: MessageBus {
    private struct State {
        var listeners: [@Sendable (BusEvent) -> Void] = []
        var cut: Set<Int> = []
        var published = 0
    }

    private let state = Mutex(State())

    func publish(_ message: [UInt8], to channel: String) async throws(StoreError) {
        let heard = state.withLock { state in state.listeners.indices.filter { !state.cut.contains($0) }.map { state.listeners[$0] } }
        for receive in heard { receive(.message(message)) }
        state.withLock { $0.published += 1 }
    }

    /// Messages that have been said, and heard by who was not cut off.
    var published: Int { state.withLock { $0.published } }

    func subscribe(to channel: String, _ receive: @escaping @Sendable (BusEvent) -> Void) async throws(StoreError) -> BusSubscription {
        state.withLock { $0.listeners.append(receive) }
        return BusSubscription {}
    }

    func cut(_ listener: Int) { state.withLock { _ = $0.cut.insert(listener) } }

    /// - Parameter admits: whether the listener is told that it has missed something, as a bus has to.
    func mend(_ listener: Int, admits: Bool = true) {
        let receive = state.withLock { state in
            state.cut.remove(listener)
            return state.listeners[listener]
        }
        if admits { receive(.gap) }
    }
}
