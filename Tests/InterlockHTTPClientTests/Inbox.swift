import InterlockConcurrency
import InterlockJSON
import InterlockTransport
import Synchronization

/// Remembers what a transport reports and lets a test wait for it.
final class Inbox: ClientReceiver {
    enum Event: Sendable {
        case message(ScannedMessage, on: RequestID?)
        case failed(RequestID, TransportError)
        case disconnected(TransportError)
    }

    private let state = Mutex<(events: [Event], watchers: [(count: Int, waiter: Waiter<Void>)])>(([], []))

    var events: [Event] { state.withLock { $0.events } }
    var messages: [ScannedMessage] { events.compactMap { if case .message(let message, _) = $0 { message } else { nil } } }
    var failures: [TransportError] { events.compactMap { if case .failed(_, let error) = $0 { error } else { nil } } }

    func received(_ message: ScannedMessage, on request: RequestID?) { add(.message(message, on: request)) }
    func failed(_ request: RequestID, _ error: TransportError) { add(.failed(request, error)) }
    func disconnected(_ error: TransportError) { add(.disconnected(error)) }

    private func add(_ event: Event) {
        let due = state.withLock { state in
            state.events.append(event)
            let due = state.watchers.filter { $0.count <= state.events.count }
            state.watchers.removeAll { $0.count <= state.events.count }
            return due
        }
        for watcher in due { watcher.waiter.resolve(()) }
    }

    func waitForEvents(_ count: Int) async {
        let waiter = Waiter<Void>()
        let isThere = state.withLock { state in
            if state.events.count >= count { return true }
            state.watchers.append((count, waiter))
            return false
        }
        if !isThere { await waiter.suspend() }
    }
}
