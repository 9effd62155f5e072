import InterlockConcurrency
import InterlockSimulation
import Synchronization

/// The machine of an `AsyncMutex` in a shell with a fault: the control of the proofs of a line.
final class ForgetfulLine<Fault: ForgetfulFault>: LineUnderProof {
    private let machine: Mutex<AsyncMutexStateMachine<Waiter<AcquireError.Code?>>>
    private let witness: LineWitness

    init(_ queue: QueueConfiguration, _ context: ExplorationContext, _ witness: LineWitness) {
        machine = Mutex(AsyncMutexStateMachine(queue: queue))
        self.witness = witness
    }

    static var traits: LineTraits { LineTraits() }

    func run(_ id: Int, for key: Int, deadline: MonotonicTime?, _ section: @escaping @Sendable () async -> Void) async throws {
        let waiter = Waiter<AcquireError.Code?>()
        switch machine.withLock({ $0.lock(waiter, by: Int32(key), Patience(now: .zero, deadline: deadline, isCancelled: Task.isCancelled)) }) {
        case .granted: break
        case .refused(let code, _): throw AcquireError(code: code, message: "refused")
        case .queued(let ticket, let evicted):
            if Fault.tellsEvicted { evicted?.resolve(.queueFull) }
            let refusal = await waiter.wait { [self] in machine.withLock { $0.giveUp(ticket, .cancelled) }?.resolve(.cancelled) }
            if let refusal { throw AcquireError(code: refusal, message: "gave up") }
            // Cancelled after it was given the lock, it leaves with an error and takes the lock along.
            if !Fault.keepsGrants, Task.isCancelled { throw AcquireError(code: .cancelled, message: "cancelled") }
        }
        await section()
        witness.leave()
        if case .handedOver(let next) = machine.withLock({ $0.unlock() }) { next.resolve(nil) }
    }

    func setQueueDepth(_ depth: Int) { machine.withLock { $0.setQueueDepth(depth) } }

    func rest() async -> String? { machine.withLock { $0.isHeld || $0.waiting > 0 } ? "the lock is held or waited for" : nil }
}

/// What a ``ForgetfulLine`` does right.
protocol ForgetfulFault: Sendable {
    /// Whether who has to leave the line is told so.
    static var tellsEvicted: Bool { get }
    /// Whether who is cancelled with the lock in its hands keeps it to the end.
    static var keepsGrants: Bool { get }
}

enum ForgetsEvicted: ForgetfulFault {
    static let tellsEvicted = false
    static let keepsGrants = true
}

enum LosesGrants: ForgetfulFault {
    static let tellsEvicted = true
    static let keepsGrants = false
}
