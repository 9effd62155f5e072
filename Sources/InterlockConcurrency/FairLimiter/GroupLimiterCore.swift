import Synchronization

/// The part of a ``GroupLimiter`` that does not depend on the type of its keys: groups and lines by number, and the waiting in them.
@usableFromInline
final class GroupLimiterCore: Sendable {
    typealias Outcome = Result<PermitTable.Slot, AcquireError>
    @usableFromInline typealias Number = GroupNumber
    typealias Machine = GroupLimiterStateMachine<Waiter<Outcome>>

    private struct State {
        var machine: Machine
        var drain = DrainWatch()

        /// Makes a transition, and finds whom to tell that the limiter has run empty by it.
        mutating func settling<R>(_ transition: (inout Machine) -> R) -> (result: R, drained: [DrainWatch.Watcher]) {
            let result = transition(&machine)
            return (result, drain.takeAll(if: machine.isDrained))
        }
    }

    private let state: Mutex<State>
    private let queueDeadline: Duration?
    private let clock: any SchedulingClock
    private let name: String
    @usableFromInline let measuresRuns: Bool

    init(limit: Int, queue: QueueConfiguration, name: String, measuresRuns: Bool, clock: any SchedulingClock) {
        self.state = Mutex(State(machine: Machine(limit: limit, queue: queue)))
        self.queueDeadline = queue.deadline
        self.clock = clock
        self.name = name
        self.measuresRuns = measuresRuns
    }

    @usableFromInline
    func tryAcquire(_ group: Number) -> PermitTable.Slot? {
        state.withLock { $0.machine.tryAcquire(group) }
    }

    @usableFromInline var now: MonotonicTime { clock.now }

    @usableFromInline
    func recordRun(since start: MonotonicTime) {
        let duration = clock.now - start
        state.withLock { $0.machine.recordRun(duration) }
    }

    nonisolated(nonsending) func acquire(
        line: Int32, of group: Number, deadline: MonotonicTime?
    ) async throws(AcquireError) -> PermitTable.Slot {
        let waiter = Waiter<Outcome>()
        let now = clock.now
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: queueDeadline, now: now)
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        let (acquisition, depth, retryAfter) = state.withLock { state in
            let acquisition = state.machine.acquire(waiter, for: line, of: group, patience)
            return (acquisition, state.machine.queueDepth, state.machine.retryAfter(now: now))
        }
        switch acquisition {
        case .granted(let slot):
            return slot
        case .refused(let code, let retryAfter):
            throw .refused(code, name, depth: depth, retryAfter: retryAfter)
        case .queued(let ticket, let evicted):
            evicted?.resolve(.failure(.queueFull(name, depth: depth, retryAfter: retryAfter)))
            let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
                let (waiter, drained) = state.withLock { $0.settling { $0.giveUp(ticket, reason) } }
                waiter?.resolve(.failure(.gaveUp(reason, name)))
                tell(drained)
            }
            let slot = try outcome.get()
            state.withLock { $0.machine.recordWait(since: now, now: clock.now) }
            return slot
        }
    }

    @usableFromInline
    func release(_ slot: PermitTable.Slot, of group: Number) {
        let effects: (grants: [Machine.Grant], drained: [DrainWatch.Watcher])? = state.withLock { state in
            let grants = state.machine.release(slot, of: group)
            // Nobody to tell, as nearly always: nothing is returned that would have to be let go of.
            guard !grants.isEmpty || state.machine.isDrained else { return nil }
            return (grants, state.drain.takeAll(if: state.machine.isDrained))
        }
        guard let effects else { return }
        settle(effects.grants)
        tell(effects.drained)
    }

    func openGroup(weight: Int, limit: Int?) -> Number {
        state.withLock { $0.machine.openGroup(weight: weight, limit: limit) }
    }

    func closeGroup(_ group: Number) {
        state.withLock { $0.machine.closeGroup(group) }
    }

    func setWeight(_ weight: Int, of group: Number) {
        state.withLock { $0.machine.setWeight(weight, of: group) }
    }

    func setLimit(_ limit: Int?, of group: Number) {
        settle(state.withLock { $0.machine.setLimit(limit, of: group) })
    }

    func setLimit(_ limit: Int) {
        settle(state.withLock { $0.machine.setLimit(limit) })
    }

    func removeAll(line: Int32, of group: Number) -> Int {
        let (removed, drained) = state.withLock { $0.settling { $0.removeAll(for: line, of: group) } }
        for waiter in removed { waiter.resolve(.failure(.removed(name))) }
        tell(drained)
        return removed.count
    }

    func setQueueDepth(_ depth: Int) {
        state.withLock { $0.machine.setQueueDepth(depth) }
    }

    func drain(deadline: MonotonicTime?) async -> Bool {
        let watcher = DrainWatch.Watcher()
        let ticket = state.withLock { state in
            state.machine.startDraining()
            return state.drain.add(watcher, isDrained: state.machine.isDrained)
        }
        guard let ticket else { return true }
        let failure = await watcher.wait(clock: clock, deadline: deadline) { [self] reason in
            let watcher = state.withLock { $0.drain.remove(ticket) }
            watcher?.resolve(.gaveUp(reason, name))
        }
        return failure == nil
    }

    func shutDown() {
        let (removed, drained) = state.withLock { $0.settling { $0.shutDown() } }
        for waiter in removed { waiter.resolve(.failure(.shutDown(name))) }
        tell(drained)
    }

    func waitingCount(line: Int32) -> Int {
        state.withLock { $0.machine.lines.count(of: line) }
    }

    func snapshot(of group: Number) -> GroupSnapshot {
        state.withLock { state in
            let record = state.machine.groups[Int(group.index)]
            return GroupSnapshot(
                weight: record.weight, limit: record.limit == .max ? nil : record.limit, active: record.active,
                waiting: record.waiting, waitingKeys: record.ring.count, granted: record.granted)
        }
    }

    var snapshot: GroupLimiterSnapshot {
        state.withLock { state in
            let machine = state.machine
            return GroupLimiterSnapshot(
                total: LimiterSnapshot(
                    limit: machine.limit, active: machine.active, waiting: machine.waiting,
                    peakActive: machine.peakActive, counters: machine.counters),
                groups: machine.groupCount, waitingGroups: machine.backlog.count)
        }
    }

    private func settle(_ grants: [Machine.Grant]) {
        for grant in grants { grant.waiter.resolve(.success(grant.slot)) }
    }

    private func tell(_ drained: [DrainWatch.Watcher]) {
        for watcher in drained { watcher.resolve(nil) }
    }
}
