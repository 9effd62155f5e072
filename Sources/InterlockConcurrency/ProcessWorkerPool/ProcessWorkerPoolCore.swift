import Synchronization

/// What is done for a ``ProcessWorkerPool`` outside of the lock of its state machine, with processes of any kind.
///
/// A type of its own so that it lives as long as a call needs it, also when the pool itself is let go.
package final class ProcessWorkerPoolCore<Process: PooledProcess>: Sendable {
    /// What becomes of who waits.
    private enum Outcome {
        case granted(ProcessGrant)
        case failed(AcquireError)
        /// For who waited for the pool to run empty.
        case drained
    }

    private typealias Machine = ProcessWorkerPoolStateMachine<Waiter<Outcome>>

    private struct State {
        var machine: Machine
        var processes: [Int: Process] = [:]
    }

    private let state: Mutex<State>
    private let keys = FairKeys()
    private let queueDeadline: Duration?
    private let clock: any SchedulingClock
    private let name: String
    private let start: @Sendable () throws -> Process

    /// - Parameter start: Starts a process; what it throws reaches the caller who needed it.
    package init(
        processes: Int, queue: QueueConfiguration, idleLifetime: Duration?, name: String, clock: any SchedulingClock,
        start: @escaping @Sendable () throws -> Process
    ) {
        state = Mutex(State(machine: Machine(size: processes, idleLifetime: idleLifetime, queue: queue)))
        queueDeadline = queue.deadline
        self.clock = clock
        self.name = name
        self.start = start
    }

    package nonisolated(nonsending) func run(
        _ input: [UInt8], for key: (any Hashable & Sendable)? = nil, deadline: MonotonicTime?, timeout: Duration
    ) async throws -> [UInt8] {
        let admitted = try await admit(for: key, deadline: deadline)
        let grant = await replaceIfDead(admitted)
        let process: Process
        do {
            process = try self.process(of: grant)
        } catch {
            let now = clock.now
            await perform(state.withLock { $0.machine.didNotStart(grant, now: now) })
            throw error
        }
        let timer = clock.schedule(after: timeout) { [self] in stop(grant, process, .timedOut) }
        let result: Result<[UInt8], any Error>
        do {
            result = .success(
                try await withTaskCancellationHandler {
                    try await process.call(input)
                } onCancel: {
                    stop(grant, process, .cancelled)
                })
        } catch {
            result = .failure(error)
        }
        timer.cancel()
        let (now, trace) = (clock.now, ProcessTrace(of: result, input: input.count))
        let (stopped, effects) = state.withLock { $0.machine.end(grant, trace, now: now) }
        await perform(effects)
        switch stopped {
        case .timedOut: throw WorkTimeoutError(name, after: timeout)
        case .cancelled: throw CancellationError()
        case nil: return try result.get()
        }
    }

    package nonisolated(nonsending) func resize(_ processes: Int) async {
        let now = clock.now
        await perform(state.withLock { $0.machine.resize(processes, now: now) })
    }

    package func setQueueDepth(_ depth: Int) {
        state.withLock { $0.machine.setQueueDepth(depth) }
    }

    package nonisolated(nonsending) func maintain() async {
        // Looked at outside of the lock; one that has had a call meanwhile is left alone.
        let ready = state.withLock { state in state.machine.ready.map { ($0, state.processes[$0.worker]) } }
        let dead = Set(ready.filter { $0.1?.isReady == false }.map(\.0))
        let now = clock.now
        await perform(state.withLock { $0.machine.maintain(dead: dead, now: now) })
    }

    package nonisolated(nonsending) func drain(deadline: MonotonicTime?) async -> Bool {
        let now = clock.now
        await perform(state.withLock { $0.machine.startDraining(now: now) })
        let waiter = Waiter<Outcome>()
        guard let ticket = state.withLock({ $0.machine.watchIdle(waiter) }) else { return true }
        let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
            state.withLock { $0.machine.unwatchIdle(ticket) }?.resolve(.failed(.gaveUp(reason, name)))
        }
        if case .drained = outcome { return true }
        return false
    }

    package nonisolated(nonsending) func shutDown() async {
        let now = clock.now
        await perform(state.withLock { $0.machine.shutDown(now: now) })
    }

    /// The pool is gone, and with it everybody who waited: ends what lies unused, and the rest as it comes back.
    package func letGo() {
        let now = clock.now
        let effects = state.withLock { $0.machine.shutDown(now: now) }
        // Nobody awaits it, since there is nobody left who could; it ends with the last process.
        if effects.end.isEmpty { notify(effects) } else { Task { [self] in await perform(effects) } }
    }

    package var snapshot: ProcessWorkerPoolSnapshot { state.withLock { ProcessWorkerPoolSnapshot($0.machine) } }

    private nonisolated(nonsending) func admit(for key: (any Hashable & Sendable)?, deadline: MonotonicTime?) async throws(AcquireError) -> ProcessGrant {
        let line = keys.retain(key)
        defer { keys.release(key) }
        let waiter = Waiter<Outcome>()
        let now = clock.now
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: queueDeadline, now: now)
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        let (submission, depth, retryAfter) = state.withLock { state in
            (state.machine.submit(waiter, for: line, patience), state.machine.queueDepth, state.machine.retryAfter(now: now))
        }
        switch submission {
        case .granted(let grant):
            return grant
        case .refused(let code, let retryAfter):
            throw .refused(code, name, depth: depth, retryAfter: retryAfter)
        case .queued(let ticket, let evicted):
            evicted?.resolve(.failed(.queueFull(name, depth: depth, retryAfter: retryAfter)))
            let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
                state.withLock { $0.machine.giveUp(ticket, reason) }?.resolve(.failed(.gaveUp(reason, name)))
            }
            switch outcome {
            case .granted(let grant):
                state.withLock { $0.machine.recordWait(since: now, now: clock.now) }
                return grant
            case .failed(let error): throw error
            case .drained: preconditionFailure("a caller was told that the pool has run empty")
            }
        }
    }

    /// Sees to it that a process that has ended while it lay ready is nobody's, and that the caller starts another.
    private nonisolated(nonsending) func replaceIfDead(_ grant: ProcessGrant) async -> ProcessGrant {
        guard !grant.isNew, case let dead = process(grant.worker), !dead.isReady else { return grant }
        await dead.end()
        return state.withLock { state in
            state.processes[grant.worker] = nil
            return state.machine.replace(grant)
        }
    }

    private func process(of grant: ProcessGrant) throws -> Process {
        guard grant.isNew else { return process(grant.worker) }
        let process = try start()
        state.withLock { state in
            state.processes[grant.worker] = process
            state.machine.didStart()
        }
        return process
    }

    private func process(_ worker: Int) -> Process {
        guard let process = state.withLock({ $0.processes[worker] }) else { preconditionFailure("a process is needed that was not started") }
        return process
    }

    private func stop(_ grant: ProcessGrant, _ process: Process, _ reason: ProcessStop) {
        // Outside of the lock; the process is this call's until the call has ended, and is ended then and not given out.
        if state.withLock({ $0.machine.stop(grant, reason) }) { process.kill() }
    }

    /// Tells everybody, and empties and ends processes, one after another; each may lead to more.
    private nonisolated(nonsending) func perform(_ effects: Machine.Effects) async {
        notify(effects)
        var (empty, end) = (effects.empty, effects.end)
        while true {
            let more: Machine.Effects
            if let worker = empty.popLast() {
                process(worker).empty()
                more = state.withLock { $0.machine.didEmpty(worker, now: clock.now) }
            } else if let worker = end.popLast() {
                let process = process(worker)
                await process.end()
                more = state.withLock { state in
                    state.processes[worker] = nil
                    return state.machine.didEnd(worker, now: clock.now)
                }
            } else {
                return
            }
            notify(more)
            empty += more.empty
            end += more.end
        }
    }

    private func notify(_ effects: Machine.Effects) {
        for (waiter, grant) in effects.granted { waiter.resolve(.granted(grant)) }
        for waiter in effects.refused { waiter.resolve(.failed(.shutDown(name))) }
        for waiter in effects.drained { waiter.resolve(.drained) }
    }
}
