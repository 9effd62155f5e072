internal import InterlockStorage
import Synchronization

/// One listener on a channel: hears events one at a time, in order, whichever threads bring them.
///
/// The thread that brings an event while nobody delivers becomes the one that delivers. A listener that falls far behind loses what it has not
/// heard, and is told so by a gap.
final class BusListener: Sendable {
    private struct State: Sendable {
        var waiting: [BusEvent] = []
        var isDelivering = false
        var isCancelled = false
    }

    static let maximumWaiting = 4_096

    private let receive: @Sendable (BusEvent) -> Void
    private let state = Mutex(State())

    init(_ receive: @escaping @Sendable (BusEvent) -> Void) {
        self.receive = receive
    }

    func deliver(_ event: BusEvent) {
        let mine = state.withLock { state in
            guard !state.isCancelled else { return false }
            if state.waiting.count >= Self.maximumWaiting { state.waiting = [.gap] }
            state.waiting.append(event)
            guard !state.isDelivering else { return false }
            state.isDelivering = true
            return true
        }
        guard mine else { return }
        while let batch = next() {
            for event in batch where !state.withLock({ $0.isCancelled }) { receive(event) }
        }
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.waiting = []
        }
    }

    private func next() -> [BusEvent]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isDelivering = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
