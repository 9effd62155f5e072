import Synchronization

/// The part of a ``KeyedMutex`` that does not depend on the type of its keys: lines by number, and the waiting in them.
@usableFromInline
final class KeyedMutexCore: Sendable {
    typealias Machine = KeyedMutexStateMachine<Waiter<AcquireError?>>

    /// The keys that one call holds, from taking to leaving.
    @usableFromInline
    struct Hold: Sendable {
        let ticket: Machine.Ticket
    }

    private let state: Mutex<Machine>
    private let clock: any SchedulingClock
    private let queueDepth: Int
    private let name: String

    init(name: String, queueDepth: Int, clock: any SchedulingClock) {
        self.state = Mutex(Machine(queueDepth: queueDepth))
        self.clock = clock
        self.queueDepth = queueDepth
        self.name = name
    }

    @usableFromInline
    func tryLock(_ line: Int32) -> Hold? {
        state.withLock { $0.tryLock(CollectionOfOne(line)) }.map(Hold.init)
    }

    @usableFromInline
    func tryLock(_ lines: [Int32]) -> Hold? {
        state.withLock { $0.tryLock(lines) }.map(Hold.init)
    }

    @usableFromInline
    nonisolated(nonsending) func lock(_ lines: [Int32], deadline: MonotonicTime?) async throws(AcquireError) -> Hold {
        let waiter = Waiter<AcquireError?>()
        let now = clock.now
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        switch state.withLock({ $0.lock(waiter, lines, patience) }) {
        case .granted(let ticket):
            return Hold(ticket: ticket)
        case .refused(let code):
            throw .refused(code, name, depth: queueDepth)
        case .queued(let ticket):
            let failure = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
                guard let (waiter, granted) = state.withLock({ $0.giveUp(ticket, reason) }) else { return }
                waiter.resolve(.gaveUp(reason, name))
                for next in granted { next.resolve(nil) }
            }
            if let failure { throw failure }
            state.withLock { $0.recordWait(clock.now - now) }
            return Hold(ticket: ticket)
        }
    }

    @usableFromInline
    func unlock(_ hold: Hold) {
        for waiter in state.withLock({ $0.unlock(hold.ticket) }) { waiter.resolve(nil) }
    }

    func snapshot(keysHeld: Int) -> KeyedMutexSnapshot {
        state.withLock { machine in
            let counters = machine.counters
            return KeyedMutexSnapshot(
                keysHeld: keysHeld, holders: machine.holders, waiting: machine.waiting,
                acquisitions: counters.granted, contended: counters.waited, refused: counters.refused,
                expired: counters.expired, cancelled: counters.cancelled, peakWaiting: counters.peakWaiting, waits: counters.waits)
        }
    }
}
