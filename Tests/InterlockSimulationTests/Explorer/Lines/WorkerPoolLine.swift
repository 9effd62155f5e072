import InterlockConcurrency
import InterlockSimulation
import Synchronization

/// The machine of a ``WorkerPool`` with one thread, for which a task stands: it asks for work, parks when it is told to, and
/// is woken when the machine says so.
final class WorkerPoolLine: LineUnderProof {
    private enum End {
        case done
        case failed(AcquireError.Code)
    }

    private struct Call {
        let section: @Sendable () async -> Void
        let end: Waiter<End>
    }

    private typealias Machine = WorkerPoolStateMachine<Call, Never, Int>

    private let machine: Mutex<Machine>
    /// What the thread sleeps on; a wake-up that comes before it sleeps is not lost, as with a thread's parker.
    private let parker = Mutex<(isWoken: Bool, sleeper: Waiter<Bool>?)>((false, nil))
    private let context: ExplorationContext
    private let witness: LineWitness
    private let thread = Mutex<Task<Void, Never>?>(nil)

    init(_ queue: QueueConfiguration, _ context: ExplorationContext, _ witness: LineWitness) {
        machine = Mutex(Machine(threads: 1, queue: queue))
        self.context = context
        self.witness = witness
        _ = machine.withLock { $0.startAll() }
        thread.withLock { $0 = Task(executorPreference: context.executor) { [self] in await work() } }  // awaited by `rest()`
    }

    static var traits: LineTraits { LineTraits(refusesCancelledAtOnce: true, servesWhenAsked: true) }

    func run(_ id: Int, for key: Int, deadline: MonotonicTime?, _ section: @escaping @Sendable () async -> Void) async throws {
        let call = Call(section: section, end: Waiter())
        let patience = Patience(now: context.clock.now, deadline: deadline, isCancelled: Task.isCancelled)
        switch machine.withLock({ $0.submit(call, for: Int32(key), patience) }) {
        case .refused(let code, _): throw AcquireError(code: code, message: "refused")
        case .queued(let ticket, let effect, let evicted):
            evicted?.end.resolve(.failed(.queueFull))
            if case .wake = effect { wake() }
            let end = await call.end.wait { [self] in
                machine.withLock { $0.giveUp(ticket, .cancelled) }?.call.end.resolve(.failed(.cancelled))
            }
            if case .failed(let code) = end { throw AcquireError(code: code, message: "gave up") }
        }
    }

    func setQueueDepth(_ depth: Int) { machine.withLock { $0.setQueueDepth(depth) } }

    func rest() async -> String? {
        let (queued, busy) = machine.withLock { ($0.queuedCalls, $0.busyWorkers) }
        for _ in machine.withLock({ $0.shutDown() }).wake { wake() }
        await thread.withLock { $0 }?.value
        return queued + busy > 0 ? "\(queued) calls are in line and \(busy) at work" : nil
    }

    private func work() async {
        while true {
            let step = machine.withLock { $0.next(worker: 0, now: context.clock.now).step }
            switch step {
            case .run(.call(let call)):
                witness.ask()
                await call.section()
                witness.leave()
                call.end.resolve(.done)
            case .park: await park()
            case .exit: return
            }
        }
    }

    private func park() async {
        let sleeper: Waiter<Bool>? = parker.withLock { parker in
            guard !parker.isWoken else {
                parker.isWoken = false
                return nil
            }
            parker.sleeper = Waiter()
            return parker.sleeper
        }
        _ = await sleeper?.suspend()
    }

    private func wake() {
        let sleeper = parker.withLock { parker in
            parker.isWoken = parker.sleeper == nil
            return parker.sleeper.take()
        }
        sleeper?.resolve(true)
    }
}
