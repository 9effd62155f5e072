public import InterlockJSON
public import InterlockTransport
import Synchronization

/// The receiving end of a stream in a test: keeps messages in order and lets a test wait for the one it wants.
public final class MessageInbox: EventSink {
    private struct Waiter {
        var id: Int
        var matches: @Sendable (JSONValue) -> Bool
        var continuation: CheckedContinuation<JSONValue, any Error>
    }

    private struct State {
        var messages: [JSONValue] = []
        var events: [OutboundEvent] = []
        var waiters: [Waiter] = []
        var nextWaiter = 0
        var isClosed = false
        var isFull = false
        var onDisconnect: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    public init() {}

    /// Messages that have arrived and were not taken.
    public var pending: [JSONValue] { state.withLock { $0.messages } }
    /// Every event that has arrived, taken or not.
    public var events: [OutboundEvent] { state.withLock { $0.events } }
    /// Whether the server has ended the stream.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Makes the stream refuse events as a slow reader's does.
    public func setFull(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

    public func send(_ event: OutboundEvent) -> SendOutcome {
        let message = Self.parse(event.data)
        let (outcome, waiter): (SendOutcome, Waiter?) = state.withLock { state in
            if state.isClosed { return (.closed, nil) }
            if state.isFull { return (.full, nil) }
            state.events.append(event)
            guard let message else { return (.sent, nil) }
            if let index = state.waiters.firstIndex(where: { $0.matches(message) }) { return (.sent, state.waiters.remove(at: index)) }
            state.messages.append(message)
            return (.sent, nil)
        }
        if let message { waiter?.continuation.resume(returning: message) }
        return outcome
    }

    /// Takes the first message that `matches`, waiting for it. Throws `CancellationError` when the task is cancelled.
    public func next(where matches: @escaping @Sendable (JSONValue) -> Bool = { _ in true }) async throws -> JSONValue {
        let id = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let found: JSONValue? = state.withLock { state in
                    if let index = state.messages.firstIndex(where: matches) { return state.messages.remove(at: index) }
                    state.waiters.append(Waiter(id: id, matches: matches, continuation: continuation))
                    return nil
                }
                if let found { continuation.resume(returning: found) }
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    private func cancel(_ id: Int) {
        let waiter: Waiter? = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    /// `nil` for a priming event; what is no JSON is kept as a string, so that a test fails on it.
    private static func parse(_ data: [UInt8]) -> JSONValue? {
        guard !data.isEmpty else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        do { return try JSONValue(parsing: text) } catch { return .string("not JSON: \(text)") }
    }

    public func writable() async throws {}

    public func close() { state.withLock { $0.isClosed = true } }

    public func onDisconnect(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.onDisconnect = action }
    }

    /// Plays a client that is gone.
    public func disconnect() {
        let action = state.withLock { state in
            state.isClosed = true
            defer { state.onDisconnect = nil }
            return state.onDisconnect
        }
        action?()
    }
}
