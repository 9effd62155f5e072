import Synchronization

extension WorkerPool {
    /// Runs `body` on one of the pool's threads, for no longer than `timeout` as far as the caller is concerned.
    ///
    /// When the time is up or the task is cancelled, the caller goes on at once and `body` is told by its argument. What
    /// does not heed that keeps its thread until it ends, and its result is dropped; for code that cannot heed it, such as
    /// a pattern that backtracks for ever, there is ``ProcessWorkerPool``.
    ///
    /// - Parameters:
    ///   - deadline: Until when a thread must have begun; the queue's own deadline counts if it is earlier.
    ///   - timeout: How long `body` may take once a thread has begun. `nil` means as long as it likes.
    /// - Throws: ``AcquireError`` when no thread began, ``WorkTimeoutError`` when the time was up, `CancellationError` when the
    ///   task was cancelled while `body` ran, and what `body` throws.
    public nonisolated(nonsending) func run<R: Sendable>(
        deadline: MonotonicTime? = nil, timeout: Duration?, _ body: @escaping @Sendable (WorkCancellation) throws -> R
    ) async throws -> R {
        try await run(inLineOf: nil, deadline: deadline, timeout: timeout, body)
    }

    /// ``run(deadline:timeout:_:)``, fair between keys as ``run(for:deadline:_:)``.
    ///
    /// - Parameters:
    ///   - key: Who asks: a session, a tenant.
    ///   - deadline: Until when a thread must have begun; the queue's own deadline counts if it is earlier.
    ///   - timeout: How long `body` may take once a thread has begun. `nil` means as long as it likes.
    /// - Throws: ``AcquireError`` when no thread began, ``WorkTimeoutError`` when the time was up, `CancellationError` when the
    ///   task was cancelled while `body` ran, and what `body` throws.
    public nonisolated(nonsending) func run<R: Sendable>(
        for key: some Hashable & Sendable, deadline: MonotonicTime? = nil, timeout: Duration?,
        _ body: @escaping @Sendable (WorkCancellation) throws -> R
    ) async throws -> R {
        try await run(inLineOf: key, deadline: deadline, timeout: timeout, body)
    }

    private nonisolated(nonsending) func run<R: Sendable>(
        inLineOf key: (any Hashable & Sendable)?, deadline: MonotonicTime?, timeout: Duration?,
        _ body: @escaping @Sendable (WorkCancellation) throws -> R
    ) async throws -> R {
        let line = core.keys.retain(key)
        defer { core.keys.release(key) }
        let deadline = core.effectiveDeadline(deadline)
        let waiter = Waiter<Result<R, any Error>>()
        let cancellation = WorkCancellation()
        // Result, timeout, cancellation and refusal race; the first one settles the caller.
        let settle = OneResult(waiter)
        let call = WorkerPoolCore.Call(
            run: { [core] in
                let timer = timeout.map { timeout in
                    core.clock.schedule(after: timeout) {
                        cancellation.cancel()
                        settle.resolve(.failure(WorkTimeoutError(core.name, after: timeout)))
                    }
                }
                let result = Result { try body(cancellation) }
                timer?.cancel()
                settle.resolve(result)
            }, refuse: { settle.resolve(.failure($0)) }, submittedAt: core.clock.now)
        let ticket = try core.submit(call, line: line, deadline: deadline, isCancelled: Task.isCancelled)
        let result = await waiter.wait(clock: core.clock, deadline: deadline) { [core] reason in
            guard !core.giveUp(ticket, reason), reason == .cancelled else { return }
            cancellation.cancel()
            settle.resolve(.failure(CancellationError()))
        }
        return try result.get()
    }
}

/// Resolves a waiter by the first of several that try.
private final class OneResult<Outcome: Sendable>: Sendable {
    private let waiter: Waiter<Outcome>
    private let isResolved = Atomic(false)

    init(_ waiter: Waiter<Outcome>) {
        self.waiter = waiter
    }

    func resolve(_ outcome: Outcome) {
        guard !isResolved.exchange(true, ordering: .acquiringAndReleasing) else { return }
        waiter.resolve(outcome)
    }
}
