import InterlockConcurrency
import InterlockSimulation

/// Drives the machine of a pool of processes through random events, and knows of each process what is true of it.
struct ProcessWorkerPoolModel {
    /// One guard that is taken out: the negative control.
    enum Fault: CaseIterable, Sendable {
        /// A process is killed and the machine is not told.
        case killsUntold
        /// A stop that comes after its call has ended hits whoever has the process then.
        case stopsLate
        /// A start that failed is not reported, and its place is lost.
        case forgetsFailedStarts
        /// A process that was to end is not reported as ended.
        case forgetsEnds
        /// A large call's memory is not given back.
        case keepsMemory
        /// One that died while it lay ready is given a call all the same.
        case keepsTheDead
        /// One that was taken for dead is ended although it has had a call since it was looked at.
        case endsWhatHasWorked
    }

    private typealias Machine = ProcessWorkerPoolStateMachine<Int>

    private struct Process {
        var holder: Int?
        var isKilled = false
        var isEnding = false
        var isEmptying = false
        /// It ended by itself, with no call.
        var isDead = false
        /// Its latest call.
        var latest = 0
        var restsSince = MonotonicTime.zero
        var memory = 0

        var isFree: Bool { holder == nil && !isEnding && !isEmptying }
    }

    private let fault: Fault?
    private var random: SeededRandom
    private var machine = Machine(size: 2, idleLifetime: .seconds(10), queue: .init(depth: 5))
    private var size = 2
    private var now = MonotonicTime.zero
    private var processes: [Int: Process] = [:]
    private var starting: Set<Int> = []
    private var working: [Int: ProcessGrant] = [:]
    private var stopped: [Int: ProcessStop] = [:]
    private var past: [ProcessGrant] = []
    /// Those that lay ready when they were looked at, since the latest report.
    private var looked: Set<Machine.Ready> = []
    private var line: [Int] = []
    private var tickets: [Int: Machine.Ticket] = [:]
    private var watchers: [Int] = []
    private var isOpen = true
    private var wrong: String?

    /// What is wrong with the machine, or with what drives it; `nil` when nothing is.
    static func violation(seed: UInt64, fault: Fault? = nil) -> String? {
        var model = ProcessWorkerPoolModel(seed: seed, fault: fault)
        for id in 0..<200 {
            model.step(id)
            model.check()
            if let wrong = model.wrong { return "seed \(seed), event \(id): \(wrong)" }
        }
        model.finish()
        return model.wrong.map { "seed \(seed), at the end: \($0)" }
    }

    private init(seed: UInt64, fault: Fault?) {
        random = SeededRandom(seed: seed)
        self.fault = fault
    }

    private mutating func step(_ id: Int) {
        now = now + .seconds(Int.random(in: 0..<3, using: &random))
        looked.formUnion(machine.ready)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: submit(id)
        case 30..<38: startOne()
        case 38..<60: endOne()
        case 60..<66: stopOne()
        case 66..<72: stopAgain()
        case 72..<76: leaveLine()
        case 76..<82: emptyOne()
        case 82..<90: reapOne()
        case 90..<92: resize()
        case 92, 93: maintain()
        case 94: dieIdle()
        case 95 where id > 120: close { $0.startDraining(now: $1) }
        case 96 where id > 150: close { $0.shutDown(now: $1) }
        case 97:
            guard !isOpen else { return }
            if machine.watchIdle(id) != nil { watchers.append(id) } else if !processes.isEmpty || !line.isEmpty { wrong = "idle with \(processes.count) processes" }
        default: break
        }
    }

    /// Lets everything end that has begun, and drains.
    private mutating func finish() {
        close { $0.startDraining(now: $1) }
        if machine.watchIdle(1_000) != nil { watchers.append(1_000) }
        for _ in 0..<2_000 where wrong == nil && (!processes.isEmpty || !line.isEmpty) {
            now = now + .seconds(1)
            startOne()
            endOne()
            emptyOne()
            reapOne()
            check()
        }
        if wrong == nil, !processes.isEmpty || !line.isEmpty { wrong = "\(processes.count) processes and \(line.count) callers are left over" }
        if wrong == nil, !watchers.isEmpty { wrong = "\(watchers.count) who drain were not told" }
    }

    // MARK: Events

    private mutating func submit(_ id: Int) {
        let isLate = Int.random(in: 0..<12, using: &random) == 0
        let isCancelled = Int.random(in: 0..<12, using: &random) == 0
        let mustRefuse = isCancelled || !isOpen
        let hasPlace = line.isEmpty && (processes.values.contains(where: \.isFree) || processes.count < size)
        switch machine.submit(id, Patience(now: now, deadline: isLate ? now : nil, isCancelled: isCancelled)) {
        case .granted(let grant):
            if mustRefuse || !hasPlace { wrong = "\(id) was let in" } else { take(id, grant) }
        case .queued(let ticket, let evicted):
            if mustRefuse || hasPlace || isLate || evicted != nil || line.count >= 5 { wrong = "\(id) was queued" }
            line.append(id)
            tickets[id] = ticket
        case .refused(let code, _):
            let expected: AcquireError.Code = isCancelled ? .cancelled : !isOpen ? .shutDown : isLate ? .deadlineExceeded : .queueFull
            if code != expected || !mustRefuse && (hasPlace || !isLate && line.count < 5) { wrong = "\(id) was refused: \(code)" }
        }
    }

    private mutating func startOne() {
        guard let id = starting.sorted().randomElement(using: &random), let grant = working[id] else { return }
        starting.remove(id)
        if Int.random(in: 0..<4, using: &random) > 0 { return machine.didStart() }
        working[id] = nil
        processes[grant.worker] = nil
        past.append(grant)
        if fault != .forgetsFailedStarts { apply(machine.didNotStart(grant, now: now)) }
    }

    private mutating func endOne() {
        guard let id = working.keys.filter({ !starting.contains($0) }).sorted().randomElement(using: &random), let grant = working[id] else { return }
        let isLarge = Int.random(in: 0..<3, using: &random) == 0
        let trace: ProcessTrace =
            switch Int.random(in: 0..<5, using: &random) {
            case 0: .broken
            case 1: .intact(memory: 100, failed: true)
            default: .intact(memory: isLarge ? 2 << 20 : 100, failed: false)
            }
        if case .intact(let memory, _) = trace {
            let held = processes[grant.worker]?.memory ?? 0
            processes[grant.worker]?.memory = max(memory, held)
        }
        processes[grant.worker]?.holder = nil
        processes[grant.worker]?.restsSince = now
        working[id] = nil
        past.append(grant)
        let (verdict, effects) = machine.end(grant, trace, now: now)
        if verdict != stopped.removeValue(forKey: id) { wrong = "\(id) was told \(String(describing: verdict))" }
        apply(effects)
    }

    /// The time of a call is up, or its task is cancelled.
    private mutating func stopOne() {
        guard let id = working.keys.filter({ !starting.contains($0) }).sorted().randomElement(using: &random), let grant = working[id] else { return }
        let reason: ProcessStop = Bool.random(using: &random) ? .timedOut : .cancelled
        if fault == .killsUntold {
            processes[grant.worker]?.isKilled = true
            return
        }
        let kills = machine.stop(grant, reason)
        if kills != (stopped[id] == nil) { return wrong = "\(id) was stopped \(kills ? "twice" : "in vain")" }
        if kills { stopped[id] = reason }
        processes[grant.worker]?.isKilled = true
    }

    /// A timer that had begun to fire when its call ended.
    private mutating func stopAgain() {
        guard let grant = past.suffix(6).randomElement(using: &random) else { return }
        let late = fault == .stopsLate ? working.values.first { $0.worker == grant.worker } ?? grant : grant
        if machine.stop(late, .timedOut) { wrong = "a call that had ended was stopped, and another with it" }
    }

    private mutating func leaveLine() {
        guard let id = line.randomElement(using: &random), let ticket = tickets[id] else { return }
        if machine.giveUp(ticket, .cancelled) != id || machine.giveUp(ticket, .cancelled) != nil { wrong = "\(id) could not leave once" }
        line.removeAll { $0 == id }
    }

    private mutating func emptyOne() {
        guard let worker = processes.filter(\.value.isEmptying).keys.sorted().randomElement(using: &random) else { return }
        processes[worker]?.isEmptying = false
        processes[worker]?.restsSince = now
        if fault != .keepsMemory { processes[worker]?.memory = 0 }
        apply(machine.didEmpty(worker, now: now))
    }

    private mutating func reapOne() {
        guard let worker = processes.filter(\.value.isEnding).keys.sorted().randomElement(using: &random) else { return }
        processes[worker] = nil
        if fault != .forgetsEnds { apply(machine.didEnd(worker, now: now)) }
    }

    private mutating func resize() {
        size = Int.random(in: 1...4, using: &random)
        apply(machine.resize(size, now: now))
    }

    /// A process that lies ready ends by itself.
    private mutating func dieIdle() {
        guard let worker = processes.filter({ $0.value.isFree && !$0.value.isDead }).keys.sorted().randomElement(using: &random) else { return }
        processes[worker]?.isDead = true
    }

    /// Reports whom it took for dead of those that lay ready when it looked: the dead, and those that were at work by then.
    private mutating func maintain() {
        let dead = looked.filter { ready in processes[ready.worker].map { $0.isFree && $0.isDead && $0.latest == ready.call } ?? false }
        let busy = looked.filter { ready in processes[ready.worker].map { $0.latest != ready.call } ?? false }
        looked = []
        let busyNow = machine.ready.filter { ready in busy.contains { $0.worker == ready.worker } }
        let effects = machine.maintain(dead: dead.union(fault == .endsWhatHasWorked ? Set(busyNow) : busy), now: now)
        for worker in effects.end {
            guard let process = processes[worker] else { return wrong = "process \(worker) is ended and gone" }
            if !process.isDead, now - process.restsSince < .seconds(10) { wrong = "process \(worker) lives and is ended" }
        }
        if let left = dead.first(where: { !effects.end.contains($0.worker) }) { wrong = "process \(left.worker) is dead and stays" }
        apply(effects)
    }

    private mutating func close(_ how: (inout Machine, MonotonicTime) -> Machine.Effects) {
        isOpen = false
        apply(how(&machine, now))
    }

    // MARK: What must be true

    private mutating func apply(_ effects: Machine.Effects) {
        if !effects.refused.isEmpty {
            if effects.refused != line { wrong = "\(effects.refused) were refused, \(line) waited" }
            line = []
        }
        for worker in effects.empty {
            if processes[worker]?.isFree != true { wrong = "process \(worker) is to be emptied and is not free" }
            processes[worker]?.isEmptying = true
        }
        for worker in effects.end {
            if processes[worker]?.isFree != true { wrong = "process \(worker) is to end and is not free" }
            processes[worker]?.isEnding = true
        }
        for (id, grant) in effects.granted {
            if line.first != id { wrong = "\(id) went out of turn" }
            line.removeAll { $0 == id }
            take(id, grant)
        }
        if !effects.drained.isEmpty {
            if effects.drained != watchers || !processes.isEmpty || !line.isEmpty { wrong = "told idle with \(processes.count) processes" }
            watchers = []
        }
    }

    private mutating func take(_ id: Int, _ grant: ProcessGrant) {
        if grant.isNew {
            if processes[grant.worker] != nil { wrong = "process \(grant.worker) is started twice" }
            if processes.count >= size { wrong = "a process is started beside \(processes.count) of \(size)" }
            processes[grant.worker] = Process(holder: id, latest: grant.call)
            starting.insert(id)
        } else {
            guard let process = processes[grant.worker] else { return wrong = "process \(grant.worker) is given out and gone" }
            if let holder = process.holder { wrong = "process \(grant.worker) has \(holder) and gets \(id)" }
            if process.isKilled { wrong = "process \(grant.worker) was killed and is given out" }
            if process.isEnding || process.isEmptying { wrong = "process \(grant.worker) is not free and is given out" }
            if process.isDead, fault != .keepsTheDead { return replace(id, grant) }
            if process.isDead { wrong = "process \(grant.worker) is dead and is given a call" }
            processes[grant.worker]?.holder = id
            processes[grant.worker]?.latest = grant.call
        }
        working[id] = grant
    }

    /// The caller found its process dead, and is to start another.
    private mutating func replace(_ id: Int, _ grant: ProcessGrant) {
        processes[grant.worker] = nil
        let another = machine.replace(grant)
        if !another.isNew || another.call != grant.call || processes[another.worker] != nil { wrong = "\(grant) was replaced by \(another)" }
        // In the same place, also where there are to be fewer by now.
        processes[another.worker] = Process(holder: id, latest: another.call)
        starting.insert(id)
        working[id] = another
    }

    private mutating func check() {
        guard wrong == nil else { return }
        if !line.isEmpty, processes.values.contains(where: \.isFree) { wrong = "\(line.count) wait and a process is free" }
        if !line.isEmpty, processes.count < size { wrong = "\(line.count) wait and only \(processes.count) of \(size) are there" }
        if processes.values.contains(where: { $0.isFree && $0.memory > Machine.keptMemory }) { wrong = "a process lies idle on a large call's memory" }
        if !isOpen, line.isEmpty, processes.values.contains(where: \.isFree) { wrong = "the pool is closed and a process lies idle" }
        if !isOpen, line.isEmpty, processes.isEmpty, !watchers.isEmpty { wrong = "who drains was not told" }
        if machine.waiting != line.count { wrong = "\(machine.waiting) wait, and it should be \(line.count)" }
        if fault == nil, machine.total != processes.count || machine.taken != working.count { wrong = "it counts \(machine.total) and \(machine.taken)" }
    }
}
