package import InterlockConcurrency
import Synchronization

/// The front half of an event store whose events go somewhere slower: a copy in this process, and a queue that one writer empties in order.
///
/// Appending never waits. While the backend is away changes wait in the queue, up to its bound; what is refused then leaves a hole in its stream.
package final class WriteBehindEvents: Sendable {
    /// How the writing went so far.
    package struct Counts: Sendable {
        /// Bytes that wait to be written.
        package var queuedBytes: Int
        package var written: Int
        /// Never written: the queue was full, or the backend refused for good.
        package var lost: Int
        /// Refused because another process has taken the stream over.
        package var fenced: Int
    }

    private struct State: Sendable {
        var queue: EventQueue
        var writer: Task<Void, Never>?
        var written = 0
        var lost = 0
        var fenced = 0
    }

    private let backend: any EventBackend
    private let batch: Int
    private let local: InMemoryEventStore
    private let state: Mutex<State>

    /// - Parameters:
    ///   - batch: changes that are written together at most.
    ///   - maximumLocalBytes: the budget of the copy in this process.
    ///   - maximumQueuedBytes: how much may wait to be written.
    package init(_ backend: any EventBackend, batch: Int, maximumLocalBytes: Int, maximumQueuedBytes: Int) {
        self.backend = backend
        self.batch = batch
        local = InMemoryEventStore(maximumBytes: maximumLocalBytes)
        state = Mutex(State(queue: EventQueue(maximumBytes: maximumQueuedBytes)))
    }

    /// Keeps an event here that the backend has already.
    package func restore(_ event: StoredEvent) {
        local.append(event)
    }

    /// Keeps an event here and queues it.
    package func append(_ event: StoredEvent, by writer: StreamWriter? = nil) {
        local.append(event)
        enqueue(.append(event, writer))
    }

    /// Forgets a session here and queues its removal.
    package func remove(session: String) {
        local.remove(session: session)
        enqueue(.remove(session: session))
    }

    /// Forgets a session here; what is queued is still written.
    package func release(session: String) {
        local.remove(session: session)
    }

    /// Events of the copy in this process; `nil` when some of them are not there.
    package func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? {
        local.events(session: session, stream: stream, after: sequence)
    }

    /// Bytes of the copy in this process.
    package var storedBytes: Int { local.storedBytes }

    package var counts: Counts {
        state.withLock { Counts(queuedBytes: $0.queue.bytes, written: $0.written, lost: $0.lost, fenced: $0.fenced) }
    }

    /// Returns when what was appended before has been written or given up; waits while the backend is away.
    package func flush() async {
        await state.withLock { $0.writer }?.value
    }

    /// The same, for so long at most, and until the caller is cancelled; whether all has been written or given up by then.
    package func flush(atMost patience: Duration, clock: any SchedulingClock) async -> Bool {
        guard let writer = state.withLock({ $0.queue.isWriting ? $0.writer : nil }) else { return true }
        let waiter = Waiter<Bool>()
        let end = OneEnd(waiter)
        // Ends with the writer; awaited by nobody, as a backend may give no answer for longer than anybody waits here.
        Task.detached {
            await writer.value
            end.comes(true)
        }
        return await waiter.wait(clock: clock, deadline: clock.now + patience) { _ in end.comes(false) }
    }

    /// What comes first ends the wait.
    private final class OneEnd: Sendable {
        private let waiter: Waiter<Bool>
        private let hasCome = Atomic<Bool>(false)

        init(_ waiter: Waiter<Bool>) { self.waiter = waiter }

        func comes(_ isWritten: Bool) {
            if !hasCome.exchange(true, ordering: .acquiringAndReleasing) { waiter.resolve(isWritten) }
        }
    }

    /// Takes nothing more and stops writing; ``flush()`` then waits for the writer's end. Returns how many changes are lost by it.
    package func close() -> Int {
        let (lost, writer) = state.withLock { ($0.queue.close(), $0.writer) }
        writer?.cancel()
        return lost
    }

    // MARK: - Writing

    private func enqueue(_ change: EventQueue.Change) {
        let isFirstLoss = state.withLock { state in
            switch state.queue.add(change) {
            case .queued: return false
            case .startWriting:
                // Ends when the queue is empty or closed; awaited by `flush()`. Detached, since what it logs is not about the call that came first.
                state.writer = Task.detached { [self] in await empty() }
                return false
            case .refused:
                state.lost += 1
                return state.lost == 1
            }
        }
        if isFirstLoss { backend.notice(.queueRefused) }
    }

    private func empty() async {
        var failures = 0
        while true {
            let changes = state.withLock { $0.queue.batch(batch) }
            guard !changes.isEmpty else { return }
            let outcome = await backend.write(changes, failedBefore: failures)
            settle(outcome)
            guard let failure = outcome.failure else {
                failures = 0
                continue
            }
            failures += 1
            // A batch that was given up is followed by the next one at once.
            if outcome.done == changes.count { continue }
            // Cancelled by `close()`, which has emptied the queue.
            do { try await backend.pause(afterFailures: failures, of: failure) } catch { return }
        }
    }

    private func settle(_ outcome: EventBatchOutcome) {
        let isFirstFenced = state.withLock { state in
            state.queue.drop(outcome.done)
            state.written += outcome.written
            state.lost += outcome.lost
            state.fenced += outcome.fenced.count
            return !outcome.fenced.isEmpty && state.fenced == outcome.fenced.count
        }
        if isFirstFenced { backend.notice(.fenced) }
        for writer in outcome.fenced { writer?.refused() }
    }
}
