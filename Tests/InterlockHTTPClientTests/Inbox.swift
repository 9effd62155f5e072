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

        var failure: TransportError? { if case .failed(_, let error) = self { error } else { nil } }
    }

    private let state = Mutex<(events: [Event], watchers: [(isSatisfied: @Sendable ([Event]) -> Bool, waiter: Waiter<Void>)])>(([], []))

    var events: [Event] { state.withLock { $0.events } }
    var messages: [ScannedMessage] { events.compactMap { if case .message(let message, _) = $0 { message } else { nil } } }
    var failures: [TransportError] { events.compactMap(\.failure) }

    func received(_ message: ScannedMessage, on request: RequestID?) { add(.message(message, on: request)) }
    func failed(_ request: RequestID, _ error: TransportError) { add(.failed(request, error)) }
    func disconnected(_ error: TransportError) { add(.disconnected(error)) }

    private func add(_ event: Event) {
        let due = state.withLock { state in
            state.events.append(event)
            let due = state.watchers.filter { $0.isSatisfied(state.events) }
            state.watchers.removeAll { $0.isSatisfied(state.events) }
            return due
        }
        for watcher in due { watcher.waiter.resolve(()) }
    }

    func waitForEvents(_ count: Int) async { await wait { $0.count >= count } }

    func waitForFailures(_ count: Int) async { await wait { $0.count { $0.failure != nil } >= count } }

    private func wait(until isSatisfied: @escaping @Sendable ([Event]) -> Bool) async {
        let waiter = Waiter<Void>()
        let isThere = state.withLock { state in
            if isSatisfied(state.events) { return true }
            state.watchers.append((isSatisfied, waiter))
            return false
        }
        if !isThere { await waiter.suspend() }
    }
}
