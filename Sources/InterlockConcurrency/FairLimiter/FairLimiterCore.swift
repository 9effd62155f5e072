import Synchronization

/// The part of a ``FairLimiter`` that does not depend on the type of its keys: lines by number, and the waiting in them.
@usableFromInline
final class FairLimiterCore: Sendable {
    typealias Outcome = Result<PermitTable.Slot, AcquireError>
    typealias Machine = FairLimiterStateMachine<Waiter<Outcome>>

    private let state: Mutex<Machine>
    private let queueDepth: Int
    private let queueDeadline: Duration?
    private let clock: any SchedulingClock
    private let name: String

    init(limit: Int, queueDepth: Int, queueDeadline: Duration?, name: String, clock: any SchedulingClock) {
        self.state = Mutex(Machine(limit: limit, queueDepth: queueDepth))
        self.queueDepth = max(0, queueDepth)
        self.queueDeadline = queueDeadline
        self.clock = clock
        self.name = name
    }

    @usableFromInline
    func tryAcquire() -> PermitTable.Slot? {
        state.withLock { $0.tryAcquire() }
    }

    nonisolated(nonsending) func acquire(
        line: Int32, deadline: MonotonicTime?
    ) async throws(AcquireError) -> PermitTable.Slot {
        let waiter = Waiter<Outcome>()
        let now = clock.now
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: queueDeadline, now: now)
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        switch state.withLock({ $0.acquire(waiter, for: line, patience) }) {
        case .granted(let slot):
            return slot
        case .refused(let code, let retryAfter):
            throw .refused(code, name, depth: queueDepth, retryAfter: retryAfter)
        case .queued(let ticket, let evicted):
            evicted?.resolve(.failure(.queueFull(name, depth: queueDepth)))
            let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
                let waiter = state.withLock { $0.giveUp(ticket, reason) }
                waiter?.resolve(.failure(.gaveUp(reason, name)))
            }
            let slot = try outcome.get()
            state.withLock { $0.recordWait(clock.now - now) }
            return slot
        }
    }

    @usableFromInline
    func release(_ slot: PermitTable.Slot) {
        settle(state.withLock { $0.release(slot) })
    }

    func setLimit(_ limit: Int) {
        settle(state.withLock { $0.setLimit(limit) })
    }

    func removeAll(line: Int32) -> Int {
        let removed = state.withLock { $0.removeAll(for: line) }
        for waiter in removed { waiter.resolve(.failure(.removed(name))) }
        return removed.count
    }

    func shutDown() {
        for waiter in state.withLock({ $0.shutDown() }) { waiter.resolve(.failure(.shutDown(name))) }
    }

    func waitingCount(line: Int32) -> Int {
        state.withLock { $0.waiting(for: line) }
    }

    var snapshot: FairLimiterSnapshot {
        state.withLock { machine in
            FairLimiterSnapshot(
                total: LimiterSnapshot(
                    limit: machine.limit, active: machine.active, waiting: machine.waiting,
                    peakActive: machine.peakActive, counters: machine.counters),
                waitingKeys: machine.waitingKeys)
        }
    }

    private func settle(_ grants: [Machine.Grant]) {
        for grant in grants { grant.waiter.resolve(.success(grant.slot)) }
    }
}
