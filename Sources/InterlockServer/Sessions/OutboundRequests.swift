import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import Synchronization

/// The server's own requests to one legacy client, by the ids this server gave them.
final class OutboundRequests: Sendable {
    private enum Entry {
        /// Sent, or about to be; nobody waits yet.
        case expected
        case waiting(CheckedContinuation<RawJSON, any Error>)
        case arrived(Result<RawJSON, any Error>)
    }

    private struct State {
        var nextID: Int64
        var entries: [Int64: Entry] = [:]
    }

    private let state: Mutex<State>

    /// - Parameter base: the id before the first.
    init(base: Int64) {
        state = Mutex(State(nextID: base + 1))
    }

    /// Reserves an id: an answer that comes before anybody waits is kept.
    func reserve() -> Int64 {
        state.withLock { state in
            defer { state.nextID += 1 }
            state.entries[state.nextID] = .expected
            return state.nextID
        }
    }

    /// The client's answer to a reserved request. Throws `CancellationError` when the task is cancelled, the client's error, or what `fail` was given.
    func response(to id: Int64) async throws -> RawJSON {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let arrived: Result<RawJSON, any Error>? = state.withLock { state in
                    switch state.entries[id] {
                    case .expected:
                        state.entries[id] = .waiting(continuation)
                        return nil
                    case .arrived(let result):
                        state.entries[id] = nil
                        return result
                    case .waiting, nil:
                        return .failure(CancellationError())
                    }
                }
                if let arrived { continuation.resume(with: arrived) }
            }
        } onCancel: {
            complete(id, with: .failure(CancellationError()))
        }
    }

    /// Whether this server has asked something by that id and has no answer yet.
    func expects(_ id: Int64) -> Bool {
        state.withLock { state in
            switch state.entries[id] {
            case .expected, .waiting: true
            case .arrived, nil: false
            }
        }
    }

    /// Hands the client's result or error to whoever waits for it.
    func complete(_ id: Int64, result: RawJSON?, error: RawJSON?) {
        if let result {
            complete(id, with: .success(result))
        } else if let error {
            do throws(ProtocolError) {
                complete(id, with: .failure(try ProtocolError(decoding: error)))
            } catch {
                complete(id, with: .failure(error))
            }
        }
    }

    /// Hands an answer to whoever waits for it; false if this server asked nothing by that id, which is then ignored.
    @discardableResult
    func complete(_ id: Int64, with result: Result<RawJSON, any Error>) -> Bool {
        let (isKnown, continuation): (Bool, CheckedContinuation<RawJSON, any Error>?) = state.withLock { state in
            switch state.entries[id] {
            case .expected:
                state.entries[id] = .arrived(result)
                return (true, nil)
            case .waiting(let continuation):
                state.entries[id] = nil
                return (true, continuation)
            case .arrived, nil:
                return (false, nil)
            }
        }
        continuation?.resume(with: result)
        return isKnown
    }

    /// Gives up a reserved request that was never sent.
    func forget(_ id: Int64) {
        state.withLock { _ = $0.entries.removeValue(forKey: id) }
    }

    /// Fails everything that waits: the session has ended.
    func failAll(_ error: any Error) {
        let ids = state.withLock { Array($0.entries.keys) }
        for id in ids { complete(id, with: .failure(error)) }
    }
}
