import InterlockConcurrency
import InterlockSimulation

/// The threads of a pool, played one step at a time in random order: what a scheduler may do to the real ones.
struct WorkerPoolModel {
    /// Guards of waking, to take out.
    enum Fault: CaseIterable, Sendable {
        /// A wake-up that comes before its thread has gone to sleep is forgotten.
        case forgetsEarlyWakeUps
        /// Nobody is woken for a job.
        case wakesNobodyForJobs
        /// A thread that was called back for a late job is not started.
        case startsNobody
        /// A thread that is one too many ends with what it was woken for.
        case handsNothingOver
    }

    private enum Thread {
        case ended
        /// About to ask what to do.
        case awake
        /// Told to park, and not asleep yet.
        case fallingAsleep
        case asleep
    }

    private typealias Machine = WorkerPoolStateMachine<Int, Int, Int>

    private var random: SeededRandom
    private let fault: Fault?
    private var machine: Machine
    private var threads: [Thread]
    private var tokens: [Bool]
    private var line: [Int] = []
    private var tickets: [Int: Machine.Ticket] = [:]
    private var isShutDown = false

    static func violation(seed: UInt64, fault: Fault?) -> String? {
        var model = WorkerPoolModel(seed: seed, fault: fault)
        for id in 0..<100 {
            if let violation = model.step(id) { return "seed \(seed), event \(id): \(violation)" }
        }
        return model.settle().map { "seed \(seed), at the end: \($0)" }
    }

    private init(seed: UInt64, fault: Fault?) {
        random = SeededRandom(seed: seed)
        self.fault = fault
        let count = 1 + Int(seed % 3)
        machine = Machine(threads: count, queue: .init(depth: 5))
        threads = Array(repeating: .awake, count: count)
        tokens = Array(repeating: false, count: count)
        _ = machine.startAll()
    }

    private mutating func step(_ id: Int) -> String? {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<4:
            guard case .queued(let ticket, let effect, evicted: nil) = machine.submit(id, Patience(now: .zero)) else {
                return isShutDown || machine.queuedCalls >= 5 ? nil : "a call was refused beside a free place"
            }
            if isShutDown { return "a call was let in after the shutdown" }
            tickets[id] = ticket
            line.append(id)
            perform(effect)
        case 4..<7:
            line.append(id)
            let effect = machine.enqueue(id)
            if fault != .wakesNobodyForJobs { perform(effect) }
        case 7:
            guard let (id, ticket) = tickets.randomElement(using: &random) else { return nil }
            let isQueued = line.contains(id)
            let left = machine.giveUp(ticket, .cancelled)
            if (left?.call == id) != isQueued { return "a queued call could not leave, or a running one did" }
            line.removeAll { $0 == id && isQueued }
            perform(left?.effects.wake ?? [])
        case 9:
            let (start, wake) = machine.setThreads(Int.random(in: 1...4, using: &random))
            while threads.count < machine.threads {
                threads.append(.ended)
                tokens.append(false)
            }
            for worker in start where fault != .startsNobody { threads[worker] = .awake }
            perform(wake)
        case 8 where id > 60 && !isShutDown:
            isShutDown = true
            let effects = machine.shutDown()
            line.removeAll { tickets[$0] != nil }
            perform(effects.wake)
        default:
            return runThread()
        }
        return machine.queuedCalls + machine.queuedJobs == line.count ? nil : "the queue has the wrong length"
    }

    /// One step of one thread, taken at random.
    private mutating func runThread() -> String? {
        let runnable = threads.indices.filter { threads[$0] == .awake || threads[$0] == .fallingAsleep }
        guard let worker = runnable.randomElement(using: &random) else { return nil }
        if threads[worker] == .fallingAsleep {
            threads[worker] = tokens[worker] ? .awake : .asleep
            tokens[worker] = false
            return nil
        }
        let (step, effects) = machine.next(worker: worker, now: .zero)
        if case .exit = step, !isShutDown, fault == .handsNothingOver {
            threads[worker] = .ended
            return nil
        }
        perform(effects.wake)
        for worker in effects.start where fault != .startsNobody { threads[worker] = .awake }
        switch step {
        case .run(.call(let id)), .run(.job(let id)):
            guard line.first == id else { return "\(id) ran instead of \(line.first.map(String.init) ?? "nothing")" }
            line.removeFirst()
        case .park:
            threads[worker] = .fallingAsleep
        case .exit:
            if !isShutDown, worker < machine.threads { return "a thread went home before the shutdown" }
            threads[worker] = .ended
        }
        return nil
    }

    /// Lets the threads run until all sleep or have ended; nothing may lie in the queue then.
    private mutating func settle() -> String? {
        while threads.contains(.awake) || threads.contains(.fallingAsleep) {
            if let violation = runThread() { return violation }
        }
        if !line.isEmpty { return "\(line.count) lie in the queue and every thread sleeps" }
        if isShutDown { return threads.contains(.asleep) ? "a thread sleeps on after the shutdown" : nil }
        let alive = threads.indices.filter { threads[$0] != .ended }
        return alive == Array(0..<machine.threads) ? nil : "threads \(alive) live, where \(machine.threads) should"
    }

    private mutating func perform(_ effect: Machine.ThreadEffect) {
        switch effect {
        case .none: break
        case .wake(let worker): perform([worker])
        case .start(let worker): if fault != .startsNobody { threads[worker] = .awake }
        }
    }

    private mutating func perform(_ wake: [Int]) {
        for worker in wake {
            if threads[worker] == .asleep {
                threads[worker] = .awake
            } else if fault != .forgetsEarlyWakeUps {
                tokens[worker] = true
            }
        }
    }
}
