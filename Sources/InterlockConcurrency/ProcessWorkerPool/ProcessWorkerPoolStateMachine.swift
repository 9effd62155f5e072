/// Which worker process has which call, who waits for one, and which are to be started, killed, emptied and ended.
///
/// A process takes one of `size` places from before it is started until the system has forgotten it, so there are never more
/// of them. It goes from hand to hand in the transition that frees it; one that was killed, or died, never does. Starting,
/// killing and ending are done by whoever the machine tells to. A process here is a number, which is never used again.
package struct ProcessWorkerPoolStateMachine<W> {
    package enum Submission {
        case granted(ProcessGrant)
        /// Joined the line; `evicted` had to leave it, as its policy says.
        case queued(Ticket, evicted: W?)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    /// Who is to be told what after a transition, and what is to be done to which process.
    package struct Effects {
        package var granted: [(waiter: W, grant: ProcessGrant)] = []
        package var refused: [W] = []
        package var drained: [W] = []
        /// To be emptied of a large call's memory; each ends with ``didEmpty(_:now:)``.
        package var empty: [Int] = []
        /// To be ended and waited for; each ends with ``didEnd(_:now:)``.
        package var end: [Int] = []
    }

    package typealias Ticket = WaitingLines<W>.Ticket

    private struct Call {
        let number: Int
        let since: MonotonicTime
        /// What earlier calls left in its shared memory, in bytes.
        let memory: Int
        /// Why it was killed, if it was.
        var stopped: ProcessStop?
    }

    /// A process that lies ready, and the latest call it had: with another one since it is not as it was.
    package struct Ready: Sendable, Hashable {
        package let worker: Int
        package let call: Int
    }

    private enum Worker {
        /// A caller has it.
        case taken(Call)
        /// Nobody has it, and its memory is being given back; the number is that of its latest call.
        case emptying(after: Int)
        /// Nobody has it, since then.
        case idle(since: MonotonicTime, memory: Int, after: Int)
        /// It is being ended.
        case ending
    }

    private enum Phase {
        case running, draining, shutDown
    }

    /// Bytes of shared memory that an idle process may hold.
    package static var keptMemory: Int { 1 << 20 }

    package private(set) var size: Int
    private var idleLifetime: Duration?
    private var phase = Phase.running
    private var workers: [Int: Worker] = [:]
    /// The one used last at the end: it is given out first, and those at the front grow old.
    private var idle: [Int] = []
    private var nextWorker = 0
    private var nextCall = 0
    /// Processes that are being ended; their places are not free yet.
    private var ending = 0
    private var queue: WaitingLines<W>
    private var idleWatchers = WaiterQueue<W>()
    private var pace = QueuePace()
    private(set) var counters = WaitCounters()
    private(set) var outcomes = ProcessOutcomes()

    package init(size: Int, idleLifetime: Duration?, queue: QueueConfiguration) {
        self.size = max(1, size)
        self.idleLifetime = idleLifetime
        self.queue = WaitingLines(queue)
    }

    package var waiting: Int { queue.count }
    package var queueDepth: Int { queue.depth }
    package var idleCount: Int { idle.count }

    /// Those that lie ready, the one unused for longest first.
    package var ready: [Ready] {
        idle.map { worker in
            guard case .idle(_, _, let call) = workers[worker] else { preconditionFailure("an idle process is not idle") }
            return Ready(worker: worker, call: call)
        }
    }

    /// Processes there are, with those being started and ended.
    package var total: Int { workers.count }

    /// Processes that a caller has.
    package var taken: Int {
        workers.values.count { if case .taken = $0 { true } else { false } }
    }

    /// When trying again makes sense, for who has to leave the line.
    package func retryAfter(now: MonotonicTime) -> Duration? { pace.timeToDrain(queue.count, now: now) }

    // MARK: Callers

    /// Takes a process, or joins the line of a key.
    package mutating func submit(_ waiter: W, for key: Int32 = WaitingLines<W>.noKey, _ patience: Patience) -> Submission {
        if patience.isCancelled { return refuse(.cancelled, patience) }
        if phase != .running { return refuse(.shutDown, patience) }
        if queue.isEmpty, let grant = nextGrant(now: patience.now) { return .granted(grant) }
        if let code = patience.refusal { return refuse(code, patience) }
        let wasEmpty = queue.isEmpty
        guard let (ticket, evicted) = queue.join(waiter, key: key, deadline: patience.deadline) else { return refuse(.queueFull, patience) }
        if evicted != nil { counters.countRefusal(.queueFull) }
        if wasEmpty { pace.start(now: patience.now) }
        counters.peakWaiting = max(counters.peakWaiting, queue.count)
        return .queued(ticket, evicted: evicted)
    }

    /// Takes a waiter out of the line; `nil` when it has a process by now, or had to leave before.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> W? {
        guard let waiter = queue.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return waiter
    }

    /// The caller has started its process.
    package mutating func didStart() {
        outcomes.started += 1
    }

    /// The caller could not start its process: the place is free again.
    package mutating func didNotStart(_ grant: ProcessGrant, now: MonotonicTime) -> Effects {
        precondition(currentCall(grant) != nil, "a process was not started that nobody was to start")
        workers[grant.worker] = nil
        outcomes.startFailures += 1
        return settle(now: now)
    }

    /// The caller found that the process it was given had ended while it lay ready, and has seen to it that the system has
    /// forgotten it: it is to start another in its place.
    package mutating func replace(_ grant: ProcessGrant) -> ProcessGrant {
        guard let call = currentCall(grant), !grant.isNew else { preconditionFailure("a process was replaced that nobody had from another") }
        outcomes.diedIdle += 1
        outcomes.ended += 1
        workers[grant.worker] = nil
        nextWorker += 1
        workers[nextWorker] = .taken(Call(number: call.number, since: call.since, memory: 0))
        return ProcessGrant(worker: nextWorker, call: call.number, isNew: true)
    }

    /// The time of a call is up, or its task is cancelled. Returns whether to kill the process: once, and not when the call
    /// has ended, since its process may be another's by now.
    package mutating func stop(_ grant: ProcessGrant, _ reason: ProcessStop) -> Bool {
        guard var call = currentCall(grant), call.stopped == nil else { return false }
        call.stopped = reason
        workers[grant.worker] = .taken(call)
        return true
    }

    /// A call has ended. Its process goes to the next in line, becomes idle, or is to be ended.
    ///
    /// - Returns: also why the call was stopped, if it was: then it has no other result.
    package mutating func end(_ grant: ProcessGrant, _ trace: ProcessTrace, now: MonotonicTime) -> (stopped: ProcessStop?, effects: Effects) {
        guard let call = currentCall(grant) else { preconditionFailure("a call has ended in a process that is not its own") }
        counters.runs.record(now - call.since)
        outcomes.count(trace, call.stopped)
        var effects = Effects()
        if case .intact(let used, _) = trace, call.stopped == nil, !isOneTooMany {
            // What an earlier call left is there until it is given back.
            let memory = max(call.memory, used)
            if queue.isEmpty, memory > Self.keptMemory {
                workers[grant.worker] = .emptying(after: call.number)
                effects.empty.append(grant.worker)
            } else {
                rest(grant.worker, memory: memory, after: call.number, now: now)
            }
        } else {
            endProcess(grant.worker, &effects)
        }
        settle(into: &effects, now: now)
        return (call.stopped, effects)
    }

    // MARK: Processes

    /// A process has given its memory back.
    package mutating func didEmpty(_ worker: Int, now: MonotonicTime) -> Effects {
        guard case .emptying(let call) = workers[worker] else { preconditionFailure("a process was emptied that was not to be") }
        outcomes.emptied += 1
        var effects = Effects()
        if isOneTooMany {
            endProcess(worker, &effects)
        } else {
            rest(worker, memory: 0, after: call, now: now)
        }
        settle(into: &effects, now: now)
        return effects
    }

    /// A process is gone, and the system has forgotten it: its place is free.
    package mutating func didEnd(_ worker: Int, now: MonotonicTime) -> Effects {
        guard case .ending = workers.removeValue(forKey: worker) else { preconditionFailure("a process has ended that was not to end") }
        ending -= 1
        outcomes.ended += 1
        return settle(now: now)
    }

    /// Ends what has lain unused too long, and what was found dead while it lay ready, unless it has had a call since then.
    package mutating func maintain(dead: Set<Ready> = [], now: MonotonicTime) -> Effects {
        var effects = Effects()
        let lifetime = idleLifetime
        outcomes.diedIdle += ready.count { dead.contains($0) }
        endIdle(&effects) { process, since in dead.contains(process) || lifetime.map { now - since >= $0 } ?? false }
        return effects
    }

    // MARK: Settings

    /// Changes how many processes there may be. Of fewer, those that lie unused end now, and those at work after their call.
    package mutating func resize(_ count: Int, now: MonotonicTime) -> Effects {
        size = max(1, count)
        var effects = Effects()
        var surplus = total - ending - size
        endIdle(&effects) { _, _ in
            surplus -= 1
            return surplus >= 0
        }
        settle(into: &effects, now: now)
        return effects
    }

    /// Changes how many may wait; who waits already stays.
    package mutating func setQueueDepth(_ depth: Int) {
        queue.setDepth(depth)
    }

    /// Refuses newcomers from now on; who waits still gets its turn. What lies unused ends.
    package mutating func startDraining(now: MonotonicTime) -> Effects {
        if phase == .running { phase = .draining }
        return settle(now: now)
    }

    /// Refuses newcomers and all who wait. What lies unused ends now, what is at work after its call.
    package mutating func shutDown(now: MonotonicTime) -> Effects {
        phase = .shutDown
        let refused = queue.removeAll()
        counters.refused += refused.count
        var effects = Effects(refused: refused)
        settle(into: &effects, now: now)
        return effects
    }

    /// Waits for the moment when nobody waits and every process has ended; `nil` when it is now.
    package mutating func watchIdle(_ waiter: W) -> WaiterQueue<W>.Ticket? {
        isEmpty ? nil : idleWatchers.append(waiter)
    }

    package mutating func unwatchIdle(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        idleWatchers.remove(ticket)
    }

    /// Somebody who stood in line has a process now.
    package mutating func recordWait(since start: MonotonicTime, now: MonotonicTime) {
        counters.waits.record(now - start)
        pace.countGrant(now: now)
    }

    private var isEmpty: Bool { workers.isEmpty && queue.isEmpty }

    /// Whether a process that has just become free is to end: there are more than there may be, or the pool closes.
    private var isOneTooMany: Bool { total - ending > size || phase != .running && queue.isEmpty }

    private func currentCall(_ grant: ProcessGrant) -> Call? {
        guard case .taken(let call) = workers[grant.worker], call.number == grant.call else { return nil }
        return call
    }

    private mutating func rest(_ worker: Int, memory: Int, after call: Int, now: MonotonicTime) {
        workers[worker] = .idle(since: now, memory: memory, after: call)
        idle.append(worker)
    }

    /// A process that lies ready, or the right to start one.
    private mutating func nextGrant(now: MonotonicTime) -> ProcessGrant? {
        let ready = idle.popLast()
        let memory: Int
        if let ready {
            guard case .idle(_, let left, _) = workers[ready] else { preconditionFailure("an idle process is not idle") }
            memory = left
        } else {
            guard total < size else { return nil }
            nextWorker += 1
            memory = 0
        }
        nextCall += 1
        let grant = ProcessGrant(worker: ready ?? nextWorker, call: nextCall, isNew: ready == nil)
        workers[grant.worker] = .taken(Call(number: nextCall, since: now, memory: memory))
        counters.granted += 1
        return grant
    }

    private mutating func settle(now: MonotonicTime) -> Effects {
        var effects = Effects()
        settle(into: &effects, now: now)
        return effects
    }

    private mutating func settle(into effects: inout Effects, now: MonotonicTime) {
        while !queue.isEmpty, let grant = nextGrant(now: now), let next = queue.popNext() {
            counters.waited += 1
            effects.granted.append((next, grant))
        }
        guard queue.isEmpty, phase != .running else { return }
        endIdle(&effects) { _, _ in true }
        if isEmpty { effects.drained += idleWatchers.removeAll() }
    }

    private mutating func endProcess(_ worker: Int, _ effects: inout Effects) {
        workers[worker] = .ending
        ending += 1
        effects.end.append(worker)
    }

    /// Ends idle processes, the one unused for longest first.
    private mutating func endIdle(_ effects: inout Effects, where isOver: (Ready, _ since: MonotonicTime) -> Bool) {
        var kept: [Int] = []
        for worker in idle {
            if case .idle(let since, _, let call) = workers[worker], isOver(Ready(worker: worker, call: call), since) {
                endProcess(worker, &effects)
            } else {
                kept.append(worker)
            }
        }
        idle = kept
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Submission {
        counters.countRefusal(code)
        return .refused(code, retryAfter: code == .queueFull ? retryAfter(now: patience.now) : nil)
    }
}

extension ProcessWorkerPoolStateMachine: Sendable where W: Sendable {}
extension ProcessWorkerPoolStateMachine.Effects: Sendable where W: Sendable {}
