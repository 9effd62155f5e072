/// What waits for a worker, which workers are idle, and when they may go home.
///
/// Calls are bounded, may be refused or given up, and stand in lines by key; jobs of the executor interface are neither,
/// since a task whose next step were refused could never end, and stand in one line. Of the call whose turn is next and the
/// first job a worker gets which came first: without keys all are served in the order they came.
package struct WorkerPoolStateMachine<Call, Job, W> {
    package enum Work {
        case call(Call)
        case job(Job)
    }

    /// Work, and when it came, as a number.
    package struct Arrived<Content> {
        let content: Content
        let number: UInt64
    }

    package typealias Ticket = WaitingLines<Arrived<Call>>.Ticket

    /// What the shell does to the threads after a transition.
    package enum ThreadEffect: Sendable, Hashable {
        case none
        case wake(worker: Int)
        case start(worker: Int)
    }

    package enum Submission {
        /// Joined the queue; `evicted` had to leave it, as its policy says.
        case queued(Ticket, ThreadEffect, evicted: Call?)
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
        /// It was woken or started, and has not asked for work since.
        var isOnItsWay = false
        var busySince: MonotonicTime?
        var runsCall = false
    }

    package private(set) var asyncCalls = 0
    package private(set) var peakQueued = 0
    package private(set) var completedCalls = 0
    package private(set) var completedJobs = 0
    private(set) var counters = WaitCounters()
    private var phase = Phase.running
    private var calls: WaitingLines<Arrived<Call>>
    private var jobs = WaiterQueue<Arrived<Job>>()
    private var nextNumber: UInt64 = 0
    private var workers: [Worker]
    /// Workers that are parked, the one that parked last at the end: it is woken first, its caches are warm.
    private var idle: [Int] = []
    private var workersOnTheirWay = 0
    private var idleWatchers = WaiterQueue<W>()
    private var queueWatchers = WaiterQueue<W>()
    /// The queue of calls has been full and not been empty since.
    package private(set) var needsDrain = false
    private var busyNanoseconds: Int64 = 0

    package init(threads: Int, queue: QueueConfiguration) {
        self.threads = max(1, threads)
        workers = Array(repeating: Worker(), count: self.threads)
        calls = WaitingLines(queue)
    }

    /// Calls that may wait and, counted apart, asynchronous calls that may be in flight.
    package var queueDepth: Int { calls.depth }

    /// Threads the pool has when it has work. There may be more, which end after the piece of work they are at.
    package private(set) var threads: Int

    /// Threads that have not ended.
    package var aliveThreads: Int { workers.count(where: \.isAlive) }

    package var busyWorkers: Int { workers.count { $0.busySince != nil } }

    package var queuedCalls: Int { calls.count }

    package var queuedJobs: Int { jobs.count }

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

    /// Changes how many calls may wait and how many asynchronous ones be in flight; those that do stay.
    package mutating func setQueueDepth(_ depth: Int) {
        calls.setDepth(depth)
    }

    /// Adds a call that runs once, on one worker, to the line of `key`.
    package mutating func submit(_ call: Call, for key: Int32 = WaitingLines<Call>.noKey, _ patience: Patience) -> Submission {
        if let code = patience.refusal { return refuse(code, patience) }
        if phase != .running { return refuse(.shutDown, patience) }
        // A call that finds a worker for it, parked or on its way, waits for nothing, so it needs no place.
        let needsNoPlace = calls.count + jobs.count < idle.count + workersOnTheirWay
        // Without places, those in line for whom workers are on their way have none to give up.
        if queueDepth == 0, !needsNoPlace, calls.count <= workersOnTheirWay { return refuse(.queueFull, patience) }
        guard let (ticket, evicted) = calls.join(arrived(call), key: key, deadline: patience.deadline, mayExceedDepth: needsNoPlace) else {
            return refuse(.queueFull, patience)
        }
        if evicted != nil { counters.countRefusal(.queueFull) }
        if calls.count >= queueDepth { needsDrain = true }
        counters.peakWaiting = max(counters.peakWaiting, calls.count)
        countPeak()
        return .queued(ticket, wakeOne(), evicted: evicted?.content)
    }

    /// Adds a step of a task. Never refused.
    package mutating func enqueue(_ job: Job) -> ThreadEffect {
        _ = jobs.append(arrived(job))
        countPeak()
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
        if workers[index].isOnItsWay {
            workers[index].isOnItsWay = false
            workersOnTheirWay -= 1
        }
        if workers[index].isIdle {
            workers[index].isIdle = false
            idle.removeAll { $0 == index }
        }
        if index >= threads { return (.exit, retire(index)) }
        if let work = popFirst() {
            workers[index].busySince = now
            if case .call = work {
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
        guard let left = calls.remove(ticket) else { return nil }
        counters.countGivenUp(reason)
        return (left.content, settle())
    }

    /// Refuses new calls from now on; what is queued still runs.
    package mutating func startDraining() {
        if phase == .running { phase = .draining }
    }

    /// Refuses new and queued calls; jobs still run. Workers end when they find nothing to do.
    package mutating func shutDown() -> Effects {
        phase = .shutDown
        let refused = calls.removeAll().map(\.content)
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

    private var isIdle: Bool { isQueueEmpty && asyncCalls == 0 && busyWorkers == 0 }

    /// Ends a worker that is one too many. What it was woken for is another's now.
    private mutating func retire(_ index: Int) -> Effects {
        workers[index].isAlive = false
        var effects = settle()
        if !isQueueEmpty {
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

    private var isQueueEmpty: Bool { calls.isEmpty && jobs.isEmpty }

    private mutating func arrived<Content>(_ content: Content) -> Arrived<Content> {
        nextNumber += 1
        return Arrived(content: content, number: nextNumber)
    }

    private mutating func countPeak() {
        peakQueued = max(peakQueued, calls.count + jobs.count)
    }

    /// The call whose turn is next or the first job, whichever came first.
    private mutating func popFirst() -> Work? {
        if let job = jobs.first, job.number < calls.next?.number ?? .max { return jobs.popFirst().map { .job($0.content) } }
        return calls.popNext().map { .call($0.content) }
    }

    private mutating func wakeOne() -> ThreadEffect {
        if let worker = idle.popLast() {
            workers[worker].isIdle = false
            isComing(worker)
            return .wake(worker: worker)
        }
        // A step of a task may come after the threads have gone home; then one of them comes back for it.
        if let worker = workers[..<threads].firstIndex(where: { !$0.isAlive }) {
            workers[worker].isAlive = true
            isComing(worker)
            return .start(worker: worker)
        }
        return .none
    }

    private mutating func isComing(_ worker: Int) {
        workers[worker].isOnItsWay = true
        workersOnTheirWay += 1
    }

    private mutating func settle() -> Effects {
        var effects = Effects()
        if calls.isEmpty {
            needsDrain = false
            effects.drained = queueWatchers.removeAll()
        }
        if phase != .running, isIdle { effects.drained += idleWatchers.removeAll() }
        if phase == .shutDown, asyncCalls == 0, isQueueEmpty {
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

    /// When trying again makes sense: how long the queue needs at the average time of a piece of work.
    package func retryAfter(now: MonotonicTime) -> Duration? {
        let done = completedCalls + completedJobs
        let queued = calls.count + jobs.count
        guard done > 0, queued > 0 else { return nil }
        return .nanoseconds(busyNanoseconds) / done * queued / threads
    }
}

extension WorkerPoolStateMachine: Sendable where Call: Sendable, Job: Sendable, W: Sendable {}
extension WorkerPoolStateMachine.Work: Sendable where Call: Sendable, Job: Sendable {}
extension WorkerPoolStateMachine.Arrived: Sendable where Call: Sendable, Job: Sendable, W: Sendable, Content: Sendable {}
