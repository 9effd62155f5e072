/// Which resources lie ready, which are lent to whom, and who waits for one.
///
/// A resource takes one of `maximum` places from before it is made until after it is closed, so there are never more of
/// them, whatever making and closing cost. Making, closing and validating are done by whoever the machine tells to.
package struct ResourcePoolStateMachine<Resource, W> {
    /// What a caller got: the right to a place, and what to do to have a resource in it.
    package enum Grant {
        /// Use it; after validation, when that is due.
        case use(Resource, validate: Bool)
        /// Make one.
        case make
        /// Close this one, and make another.
        case replace(Resource)
    }

    package struct Granted {
        package let lease: Int
        package let grant: Grant
    }

    package enum Acquisition {
        case granted(Granted)
        /// Joined the queue; `evicted` had to leave it, as its policy says.
        case queued(Ticket, evicted: W?)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    package struct Waiting {
        let waiter: W
        let place: SourcePlace
    }

    package typealias Ticket = WaitingLines<Waiting>.Ticket

    /// Who is to be told what after a transition, and what is to be closed; each closing ends with ``closed(now:)``.
    package struct Effects {
        package var granted: [(waiter: W, granted: Granted)] = []
        package var refused: [W] = []
        package var close: [Resource] = []
        package var drained: [W] = []
    }

    package struct Lease: Sendable {
        package let place: SourcePlace
        package let since: MonotonicTime
        fileprivate var madeAt: MonotonicTime
    }

    package struct Idle {
        let resource: Resource
        let madeAt: MonotonicTime
        let since: MonotonicTime
    }

    private enum Phase {
        case running, draining, shutDown
    }

    private var configuration: ResourcePoolConfiguration
    private var phase = Phase.running
    /// The one used last at the end: it is lent first, and those at the front grow old.
    private var idle: [Idle] = []
    package private(set) var leases: [Int: Lease] = [:]
    /// Left behind by their borrowers; each still takes a place.
    private var orphans: [Resource] = []
    private var queue: WaitingLines<Waiting>
    private var idleWatchers = WaiterQueue<W>()
    private var pace = QueuePace()
    private var nextLease = 0
    /// Places taken.
    package private(set) var total = 0
    /// Places of resources that are being closed: they are on their way, and count for none that there is.
    private var closing = 0
    private(set) var counters = WaitCounters()
    package private(set) var made = 0
    package private(set) var makeFailures = 0
    package private(set) var closedCount = 0
    package private(set) var leaked = 0
    package private(set) var invalid = 0

    package init(_ configuration: ResourcePoolConfiguration) {
        self.configuration = configuration
        self.queue = WaitingLines(configuration.queue)
    }

    package var waiting: Int { queue.count }
    package var queueDepth: Int { queue.depth }

    /// When trying again makes sense, for who has to leave the queue.
    package func retryAfter(now: MonotonicTime) -> Duration? { pace.timeToDrain(queue.count, now: now) }

    package var idleCount: Int { idle.count }
    package var maximum: Int { configuration.maximum }

    /// Takes a place with a resource, or joins the line of `key`.
    package mutating func acquire(
        _ waiter: W, at place: SourcePlace, for key: Int32 = WaitingLines<W>.noKey, _ patience: Patience
    ) -> Acquisition {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if phase != .running { return refuse(.shutDown, patience) }
        if queue.isEmpty, let granted = grant(at: place, now: patience.now) { return .granted(granted) }
        if let code = patience.refusal { return refuse(code, patience) }
        let isFirst = queue.isEmpty
        let waiting = Waiting(waiter: waiter, place: place)
        guard let (ticket, evicted) = queue.join(waiting, key: key, deadline: patience.deadline) else { return refuse(.queueFull, patience) }
        if isFirst { pace.start(now: patience.now) }
        if evicted != nil { counters.countRefusal(.queueFull) }
        counters.peakWaiting = max(counters.peakWaiting, queue.count)
        return .queued(ticket, evicted: evicted?.waiter)
    }

    /// Takes a waiter out of the queue; `nil` when it has its grant by now.
    package mutating func giveUp(
        _ ticket: Ticket, _ reason: GiveUpReason, now: MonotonicTime
    ) -> (waiter: W, effects: Effects)? {
        guard let waiting = queue.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return (waiting.waiter, settle(now: now))
    }

    /// The borrower has made a resource in its place.
    package mutating func didMake(_ lease: Int, now: MonotonicTime) {
        made += 1
        leases[lease]?.madeAt = now
    }

    /// The borrower could not make one: its place is free again.
    package mutating func didFailToMake(_ lease: Int, now: MonotonicTime) -> Effects {
        makeFailures += 1
        leases[lease] = nil
        total -= 1
        return settle(now: now)
    }

    /// The borrower found its resource invalid and replaces it in the same place.
    package mutating func didInvalidate() {
        invalid += 1
    }

    /// A resource that was replaced has been closed; its place lives on.
    package mutating func didReplace() {
        closedCount += 1
    }

    /// A resource comes back.
    package mutating func giveBack(_ lease: Int, _ resource: Resource, isUsable: Bool, now: MonotonicTime) -> Effects {
        guard let ended = leases.removeValue(forKey: lease) else { preconditionFailure("a resource was given back twice") }
        counters.runs.record(now - ended.since)
        let isOver = configuration.lifetime.map { now - ended.madeAt >= $0 } ?? false
        let isSurplus = total - closing > configuration.maximum || phase != .running && queue.isEmpty
        guard isUsable, !isOver, !isSurplus else {
            closing += 1
            var effects = settle(now: now)
            effects.close.append(resource)
            return effects
        }
        idle.append(Idle(resource: resource, madeAt: ended.madeAt, since: now))
        return settle(now: now)
    }

    /// A borrower is gone and its resource was not given back. It is closed by whoever gets the place.
    package mutating func abandon(_ lease: Int, _ resource: Resource, now: MonotonicTime) -> (lease: Lease, effects: Effects)? {
        guard let ended = leases.removeValue(forKey: lease) else { return nil }
        leaked += 1
        orphans.append(resource)
        return (ended, settle(now: now))
    }

    /// A resource has been closed: its place is free.
    package mutating func closed(now: MonotonicTime) -> Effects {
        closedCount += 1
        total -= 1
        closing -= 1
        precondition(closing >= 0, "more resources were closed than there were")
        return settle(now: now)
    }

    /// What has lain unused or lived too long, to be closed; and how many are missing to the minimum, whose places are
    /// taken by this: each ends with ``didStock(_:now:)`` or ``didFailToStock(now:)``.
    package mutating func maintain(now: MonotonicTime) -> (close: [Resource], make: Int) {
        var close = orphans
        orphans = []
        var kept: [Idle] = []
        var surplus = max(0, total - closing - close.count - configuration.minimum)
        for entry in idle {
            let isOld = configuration.lifetime.map { now - entry.madeAt >= $0 } ?? false
            let isUnused = configuration.idleLifetime.map { now - entry.since >= $0 } ?? false
            if isOld || isUnused && surplus > 0 {
                close.append(entry.resource)
                surplus -= 1
            } else {
                kept.append(entry)
            }
        }
        idle = kept
        closing += close.count
        guard phase == .running else { return (close, 0) }
        let missing = max(0, min(configuration.minimum - (total - closing), configuration.maximum - total))
        total += missing
        return (close, missing)
    }

    package mutating func didStock(_ resource: Resource, now: MonotonicTime) -> Effects {
        made += 1
        guard phase == .running || !queue.isEmpty else {
            closing += 1
            var effects = settle(now: now)
            effects.close.append(resource)
            return effects
        }
        idle.append(Idle(resource: resource, madeAt: now, since: now))
        return settle(now: now)
    }

    package mutating func didFailToStock(now: MonotonicTime) -> Effects {
        makeFailures += 1
        total -= 1
        return settle(now: now)
    }

    /// Changes how many there may be. Beyond the new maximum they are closed as they come back.
    package mutating func resize(minimum: Int, maximum: Int, now: MonotonicTime) -> Effects {
        configuration.maximum = max(1, maximum)
        configuration.minimum = min(configuration.maximum, max(0, minimum))
        var surplus: [Resource] = []
        while total - closing > configuration.maximum, !idle.isEmpty {
            surplus.append(idle.removeFirst().resource)
            closing += 1
        }
        var effects = settle(now: now)
        effects.close += surplus
        return effects
    }

    /// Changes how many may wait; who waits already stays.
    package mutating func setQueueDepth(_ depth: Int) {
        queue.setDepth(depth)
    }

    /// Refuses newcomers from now on; who waits still gets its turn. What lies ready is closed.
    package mutating func startDraining(now: MonotonicTime) -> Effects {
        if phase == .running { phase = .draining }
        return settle(now: now)
    }

    /// Refuses newcomers and all who wait. What lies ready is closed now, what is lent when it comes back.
    package mutating func shutDown(now: MonotonicTime) -> Effects {
        phase = .shutDown
        let refused = queue.removeAll().map(\.waiter)
        counters.refused += refused.count
        var effects = settle(now: now)
        effects.refused = refused
        return effects
    }

    /// Waits for the moment when nobody waits and every resource is closed; `nil` when it is now.
    package mutating func watchIdle(_ waiter: W) -> WaiterQueue<W>.Ticket? {
        isIdle ? nil : idleWatchers.append(waiter)
    }

    package mutating func unwatchIdle(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        idleWatchers.remove(ticket)
    }

    package mutating func recordWait(since start: MonotonicTime, now: MonotonicTime) {
        counters.waits.record(now - start)
        pace.countGrant(now: now)
    }

    private var isIdle: Bool { total == 0 && queue.isEmpty }

    private mutating func grant(at place: SourcePlace, now: MonotonicTime) -> Granted? {
        let grant: Grant
        var madeAt = now
        if let ready = idle.popLast() {
            madeAt = ready.madeAt
            let isOver =
                configuration.lifetime.map { now - ready.madeAt >= $0 } ?? false
                || configuration.idleLifetime.map { now - ready.since >= $0 } ?? false
            let isDue = configuration.validateAfter.map { now - ready.since >= $0 } ?? false
            grant = isOver ? .replace(ready.resource) : .use(ready.resource, validate: isDue)
        } else if total - closing <= configuration.maximum, let orphan = orphans.popLast() {
            grant = .replace(orphan)
        } else if total < configuration.maximum {
            total += 1
            grant = .make
        } else {
            return nil
        }
        nextLease += 1
        leases[nextLease] = Lease(place: place, since: now, madeAt: madeAt)
        counters.granted += 1
        return Granted(lease: nextLease, grant: grant)
    }

    private mutating func settle(now: MonotonicTime) -> Effects {
        var effects = Effects()
        while let next = queue.next, let granted = grant(at: next.place, now: now) {
            _ = queue.popNext()
            counters.waited += 1
            effects.granted.append((next.waiter, granted))
        }
        if phase != .running, queue.isEmpty {
            effects.close = idle.map(\.resource) + orphans
            closing += effects.close.count
            idle = []
            orphans = []
            if isIdle { effects.drained = idleWatchers.removeAll() }
        }
        return effects
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Acquisition {
        counters.countRefusal(code)
        return .refused(code, retryAfter: code == .queueFull ? retryAfter(now: patience.now) : nil)
    }
}

extension ResourcePoolStateMachine: Sendable where Resource: Sendable, W: Sendable {}
extension ResourcePoolStateMachine.Effects: Sendable where Resource: Sendable, W: Sendable {}
extension ResourcePoolStateMachine.Idle: Sendable where Resource: Sendable, W: Sendable {}
extension ResourcePoolStateMachine.Waiting: Sendable where Resource: Sendable, W: Sendable {}
extension ResourcePoolStateMachine.Grant: Sendable where Resource: Sendable, W: Sendable {}
extension ResourcePoolStateMachine.Granted: Sendable where Resource: Sendable, W: Sendable {}
