import InterlockConcurrency
import Testing

@Suite("The state machine of a mutex")
struct AsyncMutexStateMachineTests {
    private typealias Machine = AsyncMutexStateMachine<String>

    private let patience = Patience(now: .zero)

    private struct Unexpected: Error {}

    @Test("goes through lock, line, hand-over, give-up and unlock")
    func table() throws {
        var machine = Machine(queue: .init(depth: 2))
        guard case .granted = machine.lock("a", patience) else { throw Unexpected() }
        guard case .queued(let b, evicted: nil) = machine.lock("b", patience) else { throw Unexpected() }
        guard case .queued(let c, evicted: nil) = machine.lock("c", patience) else { throw Unexpected() }
        guard case .refused(.queueFull, retryAfter: nil) = machine.lock("d", patience) else { throw Unexpected() }
        #expect(machine.tryLock() == false)
        #expect(machine.giveUp(b, .cancelled) == "b")
        #expect(machine.giveUp(b, .cancelled) == nil)
        #expect(machine.unlock().next == "c")
        #expect(machine.isHeld, "the lock is never free between two holders")
        #expect(machine.tryLock() == false)
        #expect(machine.giveUp(c, .cancelled) == nil, "c holds the lock by now")
        #expect(machine.unlock().next == nil)
        #expect(!machine.isHeld)
        #expect(machine.tryLock() == true)
    }

    @Test("does not queue who was cancelled or is too late, but gives a free lock to who is only late")
    func refusals() throws {
        var machine = Machine(queue: .init(depth: 2))
        let late = Patience(now: .zero + .seconds(1), deadline: .zero)
        guard case .granted = machine.lock("a", late) else { throw Unexpected() }
        guard case .refused(.deadlineExceeded, retryAfter: nil) = machine.lock("b", late) else { throw Unexpected() }
        guard case .refused(.cancelled, retryAfter: nil) = machine.lock("b", Patience(now: .zero, isCancelled: true)) else { throw Unexpected() }
        #expect(machine.waiting == 0)
    }

    @Test("drains: refuses newcomers, serves the line, and tells who waits for the end")
    func draining() throws {
        var machine = Machine(queue: .init(depth: 2))
        guard case .granted = machine.lock("a", patience) else { throw Unexpected() }
        guard case .queued = machine.lock("b", patience) else { throw Unexpected() }
        machine.startDraining()
        guard case .refused(.shutDown, retryAfter: nil) = machine.lock("c", patience) else { throw Unexpected() }
        #expect(machine.watchIdle("d") != nil)
        #expect(machine.unlock().next == "b")
        guard let gone = machine.watchIdle("e") else { throw Unexpected() }
        #expect(machine.unwatchIdle(gone) == "e")
        guard case .drained(["d"]) = machine.unlock() else { throw Unexpected() }
        #expect(machine.unwatchIdle(gone) == nil)
        #expect(machine.watchIdle("f") == nil, "it is idle already")
        #expect(machine.tryLock() == false)
        guard case .refused(.shutDown, retryAfter: nil) = machine.lock("g", patience) else { throw Unexpected() }
    }

    @Test("shuts down: refuses newcomers and the line, and leaves the holder alone")
    func shuttingDown() throws {
        var machine = Machine(queue: .init(depth: 2))
        guard case .granted = machine.lock("a", patience) else { throw Unexpected() }
        guard case .queued(let b, evicted: nil) = machine.lock("b", patience) else { throw Unexpected() }
        guard case .queued = machine.lock("c", patience) else { throw Unexpected() }
        #expect(machine.shutDown() == ["b", "c"])
        #expect(machine.giveUp(b, .cancelled) == nil, "b was told")
        #expect(machine.isHeld)
        guard case .drained([]) = machine.unlock() else { throw Unexpected() }
        #expect(machine.shutDown() == [])
    }

    @Test("says when to try again once it has seen how fast its line moves")
    func retryAfter() throws {
        var machine = Machine(queue: .init(depth: 2))
        guard case .granted = machine.lock("a", patience) else { throw Unexpected() }
        guard case .queued = machine.lock("b", patience) else { throw Unexpected() }
        guard case .queued = machine.lock("c", patience) else { throw Unexpected() }
        guard case .refused(.queueFull, retryAfter: nil) = machine.lock("d", patience) else { throw Unexpected() }
        #expect(machine.unlock().next == "b")
        machine.recordWait(since: .zero, now: .zero + .seconds(3))
        guard case .queued = machine.lock("d", patience) else { throw Unexpected() }
        let later = Patience(now: .zero + .seconds(3))
        guard case .refused(.queueFull, retryAfter: .seconds(6)) = machine.lock("e", later) else { throw Unexpected() }
    }

    @Test("keeps its invariants in any order of events")
    func randomOrder() {
        for seed in 0..<4_000 as Range<UInt64> {
            #expect(PermitInvariants.violation(of: MutexUnderProof(), seed: seed, limit: 1) == nil)
        }
    }

    @Test(
        "the proof of the invariants notices each guard that is taken out, within 100 rounds",
        arguments: [FaultyLimiter.Fault.freesFirst, .cancelsTheGranted, .servesTheLast])
    func negativeControl(fault: FaultyLimiter.Fault) {
        let isNoticed = Proofs.failsWithin100Seeds { seed in
            PermitInvariants.violation(of: FaultyLimiter(limit: 1, fault: fault), seed: seed, limit: 1) == nil
        }
        #expect(isNoticed)
    }
}
