import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("The state machine of a worker pool")
struct WorkerPoolStateMachineTests {
    private typealias Machine = WorkerPoolStateMachine<String, String, String>

    private struct Unexpected: Error {}

    private let patience = Patience(now: .zero)

    private func run(_ step: Machine.Step) -> String? {
        switch step {
        case .run(.call(let name)), .run(.job(let name)): name
        case .park, .exit: nil
        }
    }

    private func submit(_ name: String, to machine: inout Machine) throws -> (Machine.Ticket, Machine.ThreadEffect) {
        guard case .queued(let ticket, let effect, evicted: nil) = machine.submit(name, patience) else { throw Unexpected() }
        return (ticket, effect)
    }

    @Test(
        "without places takes as many calls as it has workers, before any of them has woken", .timeLimit(.minutes(5)),
        arguments: [QueueConfiguration.FullPolicy.rejectNewest, .rejectOldest, .rejectEarliestDeadline, .newestFirstUnderOverload])
    func burst(policy: QueueConfiguration.FullPolicy) throws {
        var machine = Machine(threads: 4, queue: .init(depth: 0, whenFull: policy))
        _ = machine.startAll()
        for worker in 0..<4 { guard case .park = machine.next(worker: worker, now: .zero).step else { throw Unexpected() } }
        for name in ["a", "b", "c", "d"] { _ = try submit(name, to: &machine) }
        guard case .refused(.queueFull, _) = machine.submit("e", patience) else { throw Unexpected() }
        #expect(Set((0..<4).compactMap { run(machine.next(worker: $0, now: .zero).step) }) == ["a", "b", "c", "d"])
        guard case .refused(.queueFull, _) = machine.submit("f", patience) else { throw Unexpected() }
    }

    @Test("goes through submit, wake, run, park, drain and exit")
    func table() throws {
        var machine = Machine(threads: 2, queue: .init(depth: 2))
        #expect(machine.startAll() == [0, 1])
        #expect(try submit("a", to: &machine).1 == .wake(worker: 0))
        #expect(try submit("b", to: &machine).1 == .wake(worker: 1))
        guard case .refused(.queueFull, retryAfter: nil) = machine.submit("c", patience) else { throw Unexpected() }
        #expect(machine.enqueue("job") == .none, "a job is never refused")
        #expect(run(machine.next(worker: 0, now: .zero).step) == "a")
        let (c, effect) = try submit("c", to: &machine)
        #expect(effect == .none)
        #expect(run(machine.next(worker: 1, now: .zero).step) == "b")
        #expect(machine.giveUp(c, .cancelled)?.call == "c")
        #expect(machine.giveUp(c, .cancelled)?.call == nil)
        #expect(run(machine.next(worker: 0, now: .zero + .seconds(1)).step) == "job")
        #expect(machine.busyTime(now: .zero + .seconds(3)) == .seconds(6))
        machine.startDraining()
        guard case .refused(.shutDown, _) = machine.submit("late", patience) else { throw Unexpected() }
        #expect(machine.watchIdle("drainer") != nil)
        guard case .park = machine.next(worker: 0, now: .zero + .seconds(3)).step else { throw Unexpected() }
        let last = machine.next(worker: 1, now: .zero + .seconds(3))
        #expect(last.effects.drained == ["drainer"])
        #expect(machine.completedCalls == 2)
        #expect(machine.completedJobs == 1)
        #expect(machine.shutDown().wake.sorted() == [0, 1])
        guard case .exit = machine.next(worker: 0, now: .zero).step else { throw Unexpected() }
        guard case .exit = machine.next(worker: 1, now: .zero).step else { throw Unexpected() }
        #expect(machine.aliveThreads == 0)
        #expect(machine.enqueue("straggler") == .start(worker: 0))
        #expect(run(machine.next(worker: 0, now: .zero).step) == "straggler")
        guard case .exit = machine.next(worker: 0, now: .zero).step else { throw Unexpected() }
    }

    @Test("refuses queued calls at shutdown, keeps jobs, and stays for asynchronous calls that were let in")
    func shutDown() throws {
        var machine = Machine(threads: 1, queue: .init(depth: 2))
        _ = machine.startAll()
        #expect(machine.admitAsync(patience)?.code == nil)
        _ = try submit("a", to: &machine)
        _ = machine.enqueue("job")
        #expect(machine.shutDown().refused == ["a"])
        #expect(run(machine.next(worker: 0, now: .zero).step) == "job")
        guard case .park = machine.next(worker: 0, now: .zero).step else { throw Unexpected() }
        #expect(machine.admitAsync(patience)?.code == .shutDown)
        #expect(machine.leaveAsync().wake == [0])
        guard case .exit = machine.next(worker: 0, now: .zero).step else { throw Unexpected() }
    }

    @Test("lets in as many asynchronous calls as the queue is deep")
    func asyncBound() {
        var machine = Machine(threads: 1, queue: .init(depth: 1))
        #expect(machine.admitAsync(patience)?.code == nil)
        #expect(machine.admitAsync(patience)?.code == .queueFull)
        _ = machine.leaveAsync()
        #expect(machine.admitAsync(patience)?.code == nil)
        #expect(machine.admitAsync(Patience(now: .zero, isCancelled: true))?.code == .cancelled)
    }

    @Test("takes a call without a queue when a worker is free for it")
    func noQueue() throws {
        var machine = Machine(threads: 1, queue: .init(depth: 0))
        _ = machine.startAll()
        _ = try submit("a", to: &machine)
        guard case .refused(.queueFull, _) = machine.submit("b", patience) else { throw Unexpected() }
    }

    @Test("takes on threads and lets threads go, those at work after their work, and hands on what one too many was woken for")
    func resize() throws {
        var machine = Machine(threads: 2, queue: .init(depth: 9))
        _ = machine.startAll()
        #expect(try submit("a", to: &machine).1 == .wake(worker: 0))
        #expect(run(machine.next(worker: 0, now: .zero).step) == "a")
        #expect(try submit("b", to: &machine).1 == .wake(worker: 1))
        let grown = machine.setThreads(4)
        #expect(grown.start == [2, 3])
        #expect(grown.wake == [])
        let shrunk = machine.setThreads(1)
        #expect(shrunk.start == [])
        #expect(shrunk.wake.sorted() == [2, 3])
        guard case .exit = machine.next(worker: 1, now: .zero).step else { throw Unexpected() }
        guard case .exit = machine.next(worker: 2, now: .zero).step else { throw Unexpected() }
        guard case .exit = machine.next(worker: 3, now: .zero).step else { throw Unexpected() }
        #expect(run(machine.next(worker: 0, now: .zero).step) == "b", "the thread that is left runs what another was woken for")
        #expect(machine.aliveThreads == 1)
        guard case .park = machine.next(worker: 0, now: .zero).step else { throw Unexpected() }
        #expect(machine.setThreads(2).start == [1])
        #expect(try submit("c", to: &machine).1 == .wake(worker: 1))
        _ = machine.setThreads(1)
        let retired = machine.next(worker: 1, now: .zero)
        guard case .exit = retired.step else { throw Unexpected() }
        #expect(retired.effects.wake == [0])
        #expect(machine.setThreads(-5).start == [])
        #expect(machine.threads == 1)
    }

    @Test("runs everything once, in order, and leaves nothing lying, however the threads are delayed")
    func randomOrder() {
        for seed in 0..<3_000 as Range<UInt64> {
            #expect(WorkerPoolModel.violation(seed: seed, fault: nil) == nil)
        }
    }

    @Test("the proof notices each guard of waking that is taken out, within 100 rounds", arguments: WorkerPoolModel.Fault.allCases)
    func negativeControl(fault: WorkerPoolModel.Fault) {
        #expect(Proofs.failsWithin100Seeds { WorkerPoolModel.violation(seed: $0, fault: fault) == nil })
    }
}
