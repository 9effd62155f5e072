import Synchronization

/// The part of a ``KeyedMutex`` that does not depend on the type of its keys: lines by number, and the waiting in them.
@usableFromInline
final class KeyedMutexCore: Sendable {
    typealias Machine = KeyedMutexStateMachine<Waiter<AcquireError?>>

    /// The keys that one call holds, from taking to leaving.
    @usableFromInline
    struct Hold: Sendable {
        let ticket: Machine.Ticket
        let start: MonotonicTime?
    }

    private let state: Mutex<Machine>
    private let clock: any SchedulingClock
    private let askers = FairKeys()
    private let queueDeadline: Duration?
    private let name: String
    private let measuresRuns: Bool

    init(name: String, queue: QueueConfiguration, measuresRuns: Bool, clock: any SchedulingClock) {
        self.state = Mutex(Machine(queue: queue))
        self.clock = clock
        self.queueDeadline = queue.deadline
        self.name = name
        self.measuresRuns = measuresRuns
    }

    @usableFromInline
    func tryLock(_ line: Int32) -> Hold? {
        state.withLock { $0.tryLock(CollectionOfOne(line)) }.map(hold)
    }

    @usableFromInline
    func tryLock(_ lines: [Int32]) -> Hold? {
        state.withLock { $0.tryLock(lines) }.map(hold)
    }

    @usableFromInline
    nonisolated(nonsending) func lock(
        _ lines: [Int32], by asker: (any Hashable & Sendable)? = nil, deadline: MonotonicTime?, revocation: Revocation? = nil
    ) async throws(AcquireError) -> Hold {
        let line = askers.retain(asker)
        defer { askers.release(asker) }
        let waiter = Waiter<AcquireError?>()
        let now = clock.now
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: queueDeadline, now: now)
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        let (acquisition, depth, retryAfter) = state.withLock { machine in
            let acquisition = machine.lock(waiter, lines, by: line, patience)
            return (acquisition, machine.queueDepth, machine.retryAfter(now: now))
        }
        switch acquisition {
        case .granted(let ticket):
            return hold(ticket)
        case .refused(let code, let retryAfter):
            throw .refused(code, name, depth: depth, retryAfter: retryAfter)
        case .queued(let ticket, let evicted, let granted):
            evicted?.resolve(.queueFull(name, depth: depth, retryAfter: retryAfter))
            for waiter in granted { waiter.resolve(nil) }
            let failure = await waiter.wait(clock: clock, deadline: deadline, revocation: revocation) { [self] reason in
                guard let (waiter, effects) = state.withLock({ $0.giveUp(ticket, reason) }) else { return }
                waiter.resolve(.gaveUp(reason, name))
                effects.deliver(name)
            }
            if let failure { throw failure }
            state.withLock { $0.recordWait(since: now, now: clock.now) }
            return hold(ticket)
        }
    }

    @usableFromInline
    func unlock(_ hold: Hold) {
        let run = hold.start.map { clock.now - $0 }
        let effects = state.withLock { machine in
            if let run { machine.recordRun(run) }
            return machine.unlock(hold.ticket)
        }
        effects.deliver(name)
    }

    func setQueueDepth(_ depth: Int) {
        state.withLock { $0.setQueueDepth(depth) }
    }

    nonisolated(nonsending) func drain(deadline: MonotonicTime?) async -> Bool {
        state.withLock { $0.startDraining() }.deliver(name)
        return await Waiter.untilIdle(clock: clock, deadline: deadline, name: name) { waiter in
            state.withLock { $0.watchIdle(waiter) }
        } unwatch: { [self] ticket in
            state.withLock { $0.unwatchIdle(ticket) }
        }
    }

    func shutDown() {
        state.withLock { $0.shutDown() }.deliver(name)
    }

    private func hold(_ ticket: Machine.Ticket) -> Hold {
        Hold(ticket: ticket, start: measuresRuns ? clock.now : nil)
    }

    func snapshot(keysHeld: Int) -> KeyedMutexSnapshot {
        state.withLock { machine in
            let counters = machine.counters
            return KeyedMutexSnapshot(
                keysHeld: keysHeld, holders: machine.holders, waiting: machine.waiting,
                acquisitions: counters.granted, contended: counters.waited, refused: counters.refused,
                expired: counters.expired, cancelled: counters.cancelled, peakWaiting: counters.peakWaiting, waits: counters.waits,
                runs: counters.runs)
        }
    }
}
