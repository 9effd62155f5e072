internal import InterlockConcurrency
internal import InterlockProtocol
internal import InterlockTransport
import Synchronization

/// The client's end of one `subscriptions/listen`, between the transport's thread and whoever reads.
final class SubscriptionChannel: Sendable {
    typealias Delivery = SubscriptionStateMachine<Waiter<Result<ServerChange?, any Error>>>.Delivery

    private let state: Mutex<SubscriptionStateMachine<Waiter<Result<ServerChange?, any Error>>>>
    /// The acknowledged filter, or why there will be none.
    private let acknowledgement = OneShot<Result<SubscriptionFilter, any Error>>()

    init(capacity: Int) {
        state = Mutex(SubscriptionStateMachine(capacity: capacity))
    }

    /// Changes that gave way to newer ones before they were read.
    var dropped: Int { state.withLock { $0.dropped } }

    func acknowledge(_ filter: SubscriptionFilter) {
        acknowledgement.resolve(.success(filter))
    }

    func push(_ change: ServerChange) {
        state.withLock { $0.push(change) }?.resolve(.success(change))
    }

    /// The listening request has ended: by its response, as it should, or otherwise.
    func end(_ outcome: CallTable.Outcome) {
        let error: ClientError?
        switch outcome {
        case .result, .cancelled:
            error = nil
            acknowledgement.resolve(.failure(ClientError(.closed, "the subscription ended before the server acknowledged it")))
        case .error(let refusal):
            error = ClientError(.closed, "the server ended the subscription: \(refusal)", cause: refusal)
            acknowledgement.resolve(.failure(refusal))
        case .failed(let failure), .sessionLost(let failure):
            error = failure
            acknowledgement.resolve(.failure(failure))
        }
        for reader in state.withLock({ $0.finish(error) }) ?? [] {
            reader.resolve(error.map { .failure($0) } ?? .success(nil))
        }
    }

    /// Suspends until the server has acknowledged. Call once.
    func acknowledged(onCancel: @escaping @Sendable () -> Void) async throws -> SubscriptionFilter {
        try await acknowledgement.wait {
            onCancel()
            return .failure(CancellationError())
        }.get()
    }

    func next() async throws -> ServerChange? {
        let reader = Waiter<Result<ServerChange?, any Error>>()
        switch state.withLock({ $0.read(reader) }) {
        case .deliver(.change(let change)):
            return change
        case .deliver(.ended(let error)):
            if let error { throw error }
            return nil
        case .wait(let id):
            return try await reader.wait { [self] in
                state.withLock { $0.cancelRead(id) }?.resolve(.failure(CancellationError()))
            }.get()
        }
    }
}
