/// What waits for a worker, which workers are idle, and when they may go home.
///
/// One line for everything, first come first served. Calls are bounded and may be refused or given up; jobs of the
/// executor interface are neither, since a task whose next step were refused could never end.
package struct WorkerPoolStateMachine<Call, Job, W> {
    package enum Work {
        case call(Call)
        case job(Job)
    }

    package typealias Ticket = WaiterQueue<Work>.Ticket

    /// What the shell does to the threads after a transition.
    package enum ThreadEffect: Sendable, Hashable {
        case none
        case wake(worker: Int)
        case start(worker: Int)
    }

    package enum Submission {
        case queued(Ticket, ThreadEffect)
        case refused(AcquireError.Code, retryAfter: Duration?)
    }

    package enum Step {
        case run(Work)
        /// Sleep until woken, then ask again.
        case park
        /// End the thread.
        case exit
    }

    /// Who is to be told what after a transition.
    package struct Effects {
        package var refused: [Call] = []
        package var drained: [W] = []
        package var wake: [Int] = []
        package var start: [Int] = []
    }

    private enum Phase {
        case running, draining, shutDown
    }

    private struct Worker {
        var isAlive = false
        var isIdle = false
        var busySince: MonotonicTime?
        var runsCall = false
    }

    package let queueDepth: Int
    package private(set) var queuedCalls = 0
    package private(set) var asyncCalls = 0
    package private(set) var peakQueued = 0
    package private(set) var completedCalls = 0
    package private(set) var completedJobs = 0
    private(set) var counters = WaitCounters()
    private var phase = Phase.running
    private var queue = WaiterQueue<Work>()
    private var workers: [Worker]
    /// Workers that are parked, the one that parked last at the end: it is woken first, its caches are warm.
    private var idle: [Int] = []
    private var idleWatchers = WaiterQueue<W>()
    private var queueWatchers = WaiterQueue<W>()
    /// The queue of calls has been full and not been empty since.
    package private(set) var needsDrain = false
    private var busyNanoseconds: Int64 = 0

    package init(threads: Int, queueDepth: Int) {
        self.threads = max(1, threads)
        workers = Array(repeating: Worker(), count: self.threads)
        self.queueDepth = max(0, queueDepth)
    }

    /// Threads the pool has when it has work. There may be more, which end after the piece of work they are at.
    package private(set) var threads: Int

    /// Threads that have not ended.
    package var aliveThreads: Int { workers.count(where: \.isAlive) }

    package var busyWorkers: Int { workers.count { $0.busySince != nil } }

    package var queuedJobs: Int { queue.count - queuedCalls }

    /// Time that workers have spent on work, with what they are at now.
    package func busyTime(now: MonotonicTime) -> Duration {
        workers.reduce(.nanoseconds(busyNanoseconds)) { sum, worker in
            worker.busySince.map { sum + (now - $0) } ?? sum
        }
    }

    /// Marks every worker as started and free; the shell starts the threads.
    package mutating func startAll() -> [Int] {
        for index in workers.indices {
            workers[index].isAlive = true
            workers[index].isIdle = true
        }
        idle = workers.indices.reversed()
        return Array(workers.indices)
    }

    /// Changes the number of threads: returns the workers whose threads the shell starts, and those it wakes so that they end.
    package mutating func setThreads(_ count: Int) -> (start: [Int], wake: [Int]) {
        threads = max(1, count)
        while workers.count < threads { workers.append(Worker()) }
        // Once it is shut down, threads come back one at a time and only for late jobs.
        guard phase != .shutDown else { return ([], []) }
        let surplus = idle.filter { $0 >= threads }
        idle.removeAll { $0 >= threads }
        for worker in surplus { workers[worker].isIdle = false }
        let new = (0..<threads).filter { !workers[$0].isAlive }
        for worker in new {
            workers[worker].isAlive = true
            workers[worker].isIdle = true
        }
        idle.append(contentsOf: new.reversed())
        return (new, surplus)
    }

    /// Adds a call that runs once, on one worker.
    package mutating func submit(_ call: Call, _ patience: Patience) -> Submission {
        if let code = patience.refusal { return refuse(code, patience) }
        if phase != .running { return refuse(.shutDown, patience) }
        // A call that finds a worker parked for it waits for nothing, so it needs no place.
        if queuedCalls >= max(queueDepth, idle.count) { return refuse(.queueFull, patience) }
        queuedCalls += 1
        if queuedCalls >= queueDepth { needsDrain = true }
        counters.peakWaiting = max(counters.peakWaiting, queuedCalls)
        let ticket = append(.call(call))
        return .queued(ticket, wakeOne())
    }

    /// Adds a step of a task. Never refused.
    package mutating func enqueue(_ job: Job) -> ThreadEffect {
        _ = append(.job(job))
        return wakeOne()
    }

    /// Lets an asynchronous call in, whose steps will come as jobs; `nil` when it is in.
    package mutating func admitAsync(_ patience: Patience) -> (code: AcquireError.Code, retryAfter: Duration?)? {
        let code: AcquireError.Code? =
            patience.refusal ?? (phase != .running ? .shutDown : asyncCalls >= queueDepth ? .queueFull : nil)
        if let code, case .refused(let code, let retryAfter) = refuse(code, patience) { return (code, retryAfter) }
        asyncCalls += 1
        return nil
    }

    /// An asynchronous call that was let in found at its first step that it may not begin.
    package mutating func countLateRefusal(_ code: AcquireError.Code) {
        counters.countRefusal(code)
    }

    /// An asynchronous call that was let in has ended.
    package mutating func leaveAsync() -> Effects {
        asyncCalls -= 1
        precondition(asyncCalls >= 0, "more asynchronous calls ended than began")
        return settle()
    }

    /// A worker asks what to do: after its start, after a piece of work, after waking up.
    package mutating func next(worker index: Int, now: MonotonicTime) -> (step: Step, effects: Effects) {
        finishWork(of: index, now: now)
        if workers[index].isIdle {
            workers[index].isIdle = false
            idle.removeAll { $0 == index }
        }
        if index >= threads { return (.exit, retire(index)) }
        if let work = queue.popFirst() {
            workers[index].busySince = now
            if case .call = work {
                queuedCalls -= 1
                counters.granted += 1
                workers[index].runsCall = true
            } else {
                workers[index].runsCall = false
            }
            return (.run(work), settle())
        }
        let effects = settle()
        if phase == .shutDown, asyncCalls == 0 {
            workers[index].isAlive = false
            return (.exit, effects)
        }
        workers[index].isIdle = true
        idle.append(index)
        return (.park, effects)
    }

    /// Takes a call out of the line; `nil` when a worker has it by now.
    package mutating func giveUp(_ ticket: Ticket, _ reason: GiveUpReason) -> (call: Call, effects: Effects)? {
        guard case .call(let call)? = queue.remove(ticket) else { return nil }
        queuedCalls -= 1
        counters.countGivenUp(reason)
        return (call, settle())
    }

    /// Refuses new calls from now on; what is queued still runs.
    package mutating func startDraining() {
        if phase == .running { phase = .draining }
    }

    /// Refuses new and queued calls; jobs still run. Workers end when they find nothing to do.
    package mutating func shutDown() -> Effects {
        phase = .shutDown
        var refused: [Call] = []
        var jobs: [Work] = []
        for work in queue.removeAll() {
            if case .call(let call) = work { refused.append(call) } else { jobs.append(work) }
        }
        for job in jobs { _ = queue.append(job) }
        queuedCalls = 0
        counters.refused += refused.count
        var effects = settle()
        effects.refused = refused
        return effects
    }

    /// Waits for the moment when nothing is queued, running or let in; `nil` when it is now.
    package mutating func watchIdle(_ waiter: W) -> WaiterQueue<W>.Ticket? {
        isIdle ? nil : idleWatchers.append(waiter)
    }

    package mutating func unwatchIdle(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        idleWatchers.remove(ticket)
    }

    /// Waits for the moment when no call is queued; `nil` when it is now.
    package mutating func watchQueue(_ waiter: W) -> WaiterQueue<W>.Ticket? {
        queuedCalls == 0 ? nil : queueWatchers.append(waiter)
    }

    package mutating func unwatchQueue(_ ticket: WaiterQueue<W>.Ticket) -> W? {
        queueWatchers.remove(ticket)
    }

    /// A worker begins a call that was queued for so long.
    package mutating func recordWait(_ duration: Duration) {
        counters.waits.record(duration)
    }

    private var isIdle: Bool { queue.isEmpty && asyncCalls == 0 && busyWorkers == 0 }

    /// Ends a worker that is one too many. What it was woken for is another's now.
    private mutating func retire(_ index: Int) -> Effects {
        workers[index].isAlive = false
        var effects = settle()
        if !queue.isEmpty {
            switch wakeOne() {
            case .none: break
            case .wake(let worker): effects.wake.append(worker)
            case .start(let worker): effects.start.append(worker)
            }
        }
        return effects
    }

    private mutating func finishWork(of index: Int, now: MonotonicTime) {
        guard let since = workers[index].busySince else { return }
        busyNanoseconds += (now - since).wholeNanoseconds
        workers[index].busySince = nil
        if workers[index].runsCall {
            completedCalls += 1
            counters.runs.record(now - since)
        } else {
            completedJobs += 1
        }
    }

    private mutating func append(_ work: Work) -> Ticket {
        let ticket = queue.append(work)
        peakQueued = max(peakQueued, queue.count)
        return ticket
    }

    private mutating func wakeOne() -> ThreadEffect {
        if let worker = idle.popLast() {
            workers[worker].isIdle = false
            return .wake(worker: worker)
        }
        // A step of a task may come after the threads have gone home; then one of them comes back for it.
        if let worker = workers[..<threads].firstIndex(where: { !$0.isAlive }) {
            workers[worker].isAlive = true
            return .start(worker: worker)
        }
        return .none
    }

    private mutating func settle() -> Effects {
        var effects = Effects()
        if queuedCalls == 0 {
            needsDrain = false
            effects.drained = queueWatchers.removeAll()
        }
        if phase != .running, isIdle { effects.drained += idleWatchers.removeAll() }
        if phase == .shutDown, asyncCalls == 0, queue.isEmpty {
            effects.wake = idle
            for worker in idle { workers[worker].isIdle = false }
            idle = []
        }
        return effects
    }

    private mutating func refuse(_ code: AcquireError.Code, _ patience: Patience) -> Submission {
        counters.countRefusal(code)
        return .refused(code, retryAfter: code == .queueFull ? retryAfter(now: patience.now) : nil)
    }

    /// How long the queue needs at the average time of a piece of work.
    private func retryAfter(now: MonotonicTime) -> Duration? {
        let done = completedCalls + completedJobs
        guard done > 0, queue.count > 0 else { return nil }
        return .nanoseconds(busyNanoseconds) / done * queue.count / threads
    }
}

extension WorkerPoolStateMachine: Sendable where Call: Sendable, Job: Sendable, W: Sendable {}
extension WorkerPoolStateMachine.Work: Sendable where Call: Sendable, Job: Sendable {}
