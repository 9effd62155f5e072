import InterlockProtocol
import Synchronization

/// A run whose result several calls wait for: it is theirs when the handler returns, or a failure when its time is up, although the handler goes on.
final class SharedRun: Sendable {
    private struct State {
        var isOver = false
        var hasExpired = false
        var task: Task<Void, Never>?
        var waiter: CheckedContinuation<CallToolResult, any Error>?
        var result: Result<CallToolResult, any Error>?
    }

    private let state = Mutex(State())

    var hasExpired: Bool { state.withLock { $0.hasExpired } }

    /// Runs `body` once; called once.
    ///
    /// Cancelling the caller cancels the run, whose end it still awaits.
    func result(_ body: @escaping @Sendable (SharedRun) async throws -> CallToolResult) async throws -> CallToolResult {
        // Awaited below; after a timeout by nobody, when it holds its permits until the handler has really returned.
        let task = Task {
            let result: Result<CallToolResult, any Error>
            do { result = .success(try await body(self)) } catch { result = .failure(error) }
            finish(result)
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (result, hasExpired) = state.withLock { state in
                    state.task = task
                    if state.result == nil { state.waiter = continuation }
                    return (state.result, state.hasExpired)
                }
                if hasExpired { task.cancel() }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            task.cancel()
        }
    }

    /// Fails the run for all who wait, and cancels the handler: the timeout.
    func expire() {
        state.withLock { $0.hasExpired = $0.hasExpired || !$0.isOver }
        finish(.failure(HandlerTimedOut()))
        state.withLock { $0.task }?.cancel()
    }

    private func finish(_ result: Result<CallToolResult, any Error>) {
        let waiter: CheckedContinuation<CallToolResult, any Error>? = state.withLock { state in
            guard !state.isOver else { return nil }
            state.isOver = true
            state.result = result
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(with: result)
    }
}
