import InterlockConcurrency
import Synchronization

/// Sends things to somewhere that may be slow or away, in order, without anybody waiting for it.
///
/// Whoever offers pays one short critical section. ``run()`` gathers batches and sends one at a time, tries again later
/// and later, and at the end of its attempts gives the batch up and goes on with the next.
/// **When it is full** the newest is dropped, since what came first explains what came later.
/// **Shutdown.** ``beginShutdown()`` sends what is left until the grace is over. A cancelled ``run()`` gives up at once.
final class Outbox<Item: Sendable>: Sendable {
    /// An attempt that took too long.
    struct TimeoutError: Error, CustomStringConvertible {
        let timeout: Duration
        var description: String { "the attempt took longer than \(timeout) and was cancelled" }
    }

    private let configuration: OutboxConfiguration
    private let clock: any SchedulingClock
    private let random: RandomSource
    private let send: @Sendable ([Item]) async throws -> Void
    private let onLoss: @Sendable (Int, (any Error)?) -> Void
    private let machine: Mutex<OutboxStateMachine<Item>>
    private let sender = Alarm()
    private let shutdown = Alarm()

    /// Makes an outbox that keeps what it gets until ``run()``.
    ///
    /// - Parameters:
    ///   - send: Sends a batch. Must end soon after its task is cancelled.
    ///   - onLoss: Is told how many things were given up after they had been taken, and the last error when there was one.
    init(
        _ configuration: OutboxConfiguration, clock: any SchedulingClock, random: RandomSource,
        send: @escaping @Sendable ([Item]) async throws -> Void, onLoss: @escaping @Sendable (Int, (any Error)?) -> Void
    ) {
        self.configuration = configuration
        self.clock = clock
        self.random = random
        self.send = send
        self.onLoss = onLoss
        machine = Mutex(
            OutboxStateMachine(capacity: configuration.capacity, batchSize: configuration.batchSize, interval: configuration.interval))
    }

    var snapshot: OutboxSnapshot { machine.withLock { $0.snapshot } }

    /// Takes a thing in, or drops it when there is no room; never waits.
    @discardableResult
    func offer(_ item: Item) -> Bool {
        let (isAccepted, wakes) = machine.withLock { $0.offer(item) }
        if wakes { sender.ring() }
        return isAccepted
    }

    /// Sends what waits without waiting for more. Returns at once.
    func flush() {
        machine.withLock { $0.flush() }
        sender.ring()
    }

    /// Takes nothing more, and lets ``run()`` return when all is sent or the grace is over. Returns at once.
    func beginShutdown() {
        machine.withLock { $0.drain() }
        sender.ring()
        shutdown.ring()
    }

    /// Sends until the shutdown or the task's cancellation. Must be called once.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.sendAll() }
            group.addTask { await self.waitForEndOfGrace() }
            // All is sent, or there is no more time: the other one is of no use.
            await group.next()
            group.cancelAll()
        }
        let lost = machine.withLock { $0.close() }
        if lost > 0 { onLoss(lost, nil) }
    }

    private func waitForEndOfGrace() async {
        await shutdown.sleep(until: .distantFuture, clock: clock)
        // Cancelled: all is sent, and nobody is to be stopped.
        try? await clock.sleep(for: configuration.shutdownGrace)
    }

    private func sendAll() async {
        while !Task.isCancelled {
            let now = clock.now
            switch machine.withLock({ $0.next(now: now) }) {
            case .wait(let time): await sender.sleep(until: time, clock: clock)
            case .stop: return
            case .deliver(let batch):
                // A batch cut off by the end stays in flight, and is counted as lost with the rest.
                guard let failure = await deliver(batch) else {
                    machine.withLock { $0.settle(isDelivered: true) }
                    continue
                }
                if Task.isCancelled { return }
                machine.withLock { $0.settle(isDelivered: false) }
                onLoss(batch.count, failure)
            }
        }
    }

    private func deliver(_ batch: [Item]) async -> (any Error)? {
        let policy = RetryPolicy(attempts: configuration.attempts, backoff: configuration.backoff)
        do {
            try await policy.run(clock: clock, random: random) { _ in try await self.attempt(batch) }
            return nil
        } catch {
            return error
        }
    }

    private func attempt(_ batch: [Item]) async throws {
        let (clock, timeout, send) = (clock, configuration.timeout, send)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await send(batch) }
            group.addTask {
                try await clock.sleep(for: timeout)
                throw TimeoutError(timeout: timeout)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
