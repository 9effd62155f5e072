import Synchronization

/// The state of a ``ResourcePool`` and what is done outside of its lock.
///
/// A type of its own, so that a lease keeps it alive also when the pool itself is let go.
final class ResourcePoolCore<Resource: Sendable>: Sendable {
    /// The grant of a caller; none for who watches the pool run empty.
    struct Outcome: Sendable {
        let granted: ResourcePoolStateMachine<Resource, Waiter<Result<Outcome, AcquireError>>>.Granted?
    }

    typealias Cell = Waiter<Result<Outcome, AcquireError>>
    typealias Machine = ResourcePoolStateMachine<Resource, Cell>

    let state: Mutex<Machine>
    let configuration: ResourcePoolConfiguration
    let clock: any SchedulingClock
    let name: String
    private let keys = FairKeys()
    let make: @Sendable () async throws -> Resource
    let close: @Sendable (Resource) async -> Void
    let validate: @Sendable (Resource) async -> Bool
    let onLeak: @Sendable (ResourceLeak) -> Void
    let onMakeFailure: @Sendable (any Error) -> Void

    init(
        _ configuration: ResourcePoolConfiguration, name: String, clock: any SchedulingClock,
        make: @escaping @Sendable () async throws -> Resource, close: @escaping @Sendable (Resource) async -> Void,
        validate: @escaping @Sendable (Resource) async -> Bool, onLeak: @escaping @Sendable (ResourceLeak) -> Void,
        onMakeFailure: @escaping @Sendable (any Error) -> Void
    ) {
        state = Mutex(Machine(configuration))
        self.configuration = configuration
        self.clock = clock
        self.name = name
        self.make = make
        self.close = close
        self.validate = validate
        self.onLeak = onLeak
        self.onMakeFailure = onMakeFailure
    }

    nonisolated(nonsending) func acquire(
        at place: SourcePlace, for key: (any Hashable & Sendable)?, deadline: MonotonicTime?
    ) async throws -> (lease: Int, resource: Resource) {
        let granted = try await admit(at: place, for: key, deadline: deadline)
        do {
            return (granted.lease, try await resource(of: granted))
        } catch {
            await perform(state.withLock { $0.didFailToMake(granted.lease, now: clock.now) })
            throw error
        }
    }

    nonisolated(nonsending) func giveBack(_ lease: Int, _ resource: Resource, isUsable: Bool) async {
        let now = clock.now
        await perform(state.withLock { $0.giveBack(lease, resource, isUsable: isUsable, now: now) })
    }

    /// Called when the last reference to a lease goes, so it cannot wait: what is to be closed is left to the next caller
    /// or to the maintenance.
    func abandon(_ lease: Int, _ resource: Resource) {
        let now = clock.now
        guard let (ended, effects) = state.withLock({ $0.abandon(lease, resource, now: now) }) else { return }
        settle(effects)
        onLeak(ResourceLeak(place: ended.place, heldFor: now - ended.since))
    }

    nonisolated(nonsending) func maintain() async {
        let now = clock.now
        let (close, missing) = state.withLock { $0.maintain(now: now) }
        await perform(Machine.Effects(close: close))
        for _ in 0..<missing {
            do {
                let resource = try await make()
                await perform(state.withLock { $0.didStock(resource, now: clock.now) })
            } catch {
                await perform(state.withLock { $0.didFailToStock(now: clock.now) })
                onMakeFailure(error)
            }
        }
    }

    nonisolated(nonsending) func drain(deadline: MonotonicTime?) async -> Bool {
        await perform(state.withLock { $0.startDraining(now: clock.now) })
        let waiter = Cell()
        guard let ticket = state.withLock({ $0.watchIdle(waiter) }) else { return true }
        let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
            let waiter = state.withLock { $0.unwatchIdle(ticket) }
            waiter?.resolve(.failure(.gaveUp(reason, name)))
        }
        if case .success = outcome { return true }
        return false
    }

    /// The pool is gone, and with it everybody who waited: closes what lies ready, and the rest as it comes back.
    func letGo() {
        let now = clock.now
        settle(state.withLock { $0.shutDown(now: now) })
    }

    /// Tells everybody, and closes what is to be closed, one after another; each frees a place, which may lead to more.
    nonisolated(nonsending) func perform(_ effects: Machine.Effects) async {
        notify(effects)
        var remaining = effects.close
        while let resource = remaining.popLast() {
            await close(resource)
            let more = state.withLock { $0.closed(now: clock.now) }
            notify(more)
            remaining += more.close
        }
    }

    /// ``perform(_:)`` for who cannot wait.
    private func settle(_ effects: Machine.Effects) {
        guard !effects.close.isEmpty else { return notify(effects) }
        // Nobody awaits it, but who drains the pool does not return before the places it frees are free; and when the pool is
        // gone there is nobody who could. It ends with the last `close`.
        Task { [self] in await perform(effects) }
    }

    private func notify(_ effects: Machine.Effects) {
        for (waiter, granted) in effects.granted { waiter.resolve(.success(Outcome(granted: granted))) }
        for waiter in effects.refused { waiter.resolve(.failure(.shutDown(name))) }
        for waiter in effects.drained { waiter.resolve(.success(Outcome(granted: nil))) }
    }

    private nonisolated(nonsending) func admit(
        at place: SourcePlace, for key: (any Hashable & Sendable)?, deadline: MonotonicTime?
    ) async throws(AcquireError) -> Machine.Granted {
        let line = keys.retain(key)
        defer { keys.release(key) }
        let waiter = Cell()
        let now = clock.now
        let deadline = QueueConfiguration.effectiveDeadline(deadline, limit: configuration.queue.deadline, now: now)
        let patience = Patience(now: now, deadline: deadline, isCancelled: Task.isCancelled)
        let (acquisition, depth, retryAfter) = state.withLock { machine in
            let acquisition = machine.acquire(waiter, at: place, for: line, patience)
            return (acquisition, machine.queueDepth, machine.retryAfter(now: now))
        }
        switch acquisition {
        case .granted(let granted):
            return granted
        case .refused(let code, let retryAfter):
            throw .refused(code, name, depth: depth, retryAfter: retryAfter)
        case .queued(let ticket, let evicted):
            evicted?.resolve(.failure(.queueFull(name, depth: depth, retryAfter: retryAfter)))
            let outcome = await waiter.wait(clock: clock, deadline: deadline) { [self] reason in
                guard let (waiter, effects) = state.withLock({ $0.giveUp(ticket, reason, now: clock.now) }) else { return }
                waiter.resolve(.failure(.gaveUp(reason, name)))
                settle(effects)
            }
            guard let granted = try outcome.get().granted else { preconditionFailure("a borrower was told that the pool is empty") }
            state.withLock { $0.recordWait(since: now, now: clock.now) }
            return granted
        }
    }

    private nonisolated(nonsending) func resource(of granted: Machine.Granted) async throws -> Resource {
        switch granted.grant {
        case .use(let resource, validate: false):
            return resource
        case .use(let resource, validate: true):
            if await validate(resource) { return resource }
            state.withLock { $0.didInvalidate() }
            await close(resource)
            state.withLock { $0.didReplace() }
        case .replace(let resource):
            await close(resource)
            state.withLock { $0.didReplace() }
        case .make:
            break
        }
        let resource = try await make()
        state.withLock { $0.didMake(granted.lease, now: clock.now) }
        return resource
    }
}
