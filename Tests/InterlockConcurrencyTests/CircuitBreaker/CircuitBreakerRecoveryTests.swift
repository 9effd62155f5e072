import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("How a circuit breaker opens, recovers and is changed")
struct CircuitBreakerRecoveryTests {
    private typealias Machine = CircuitBreakerStateMachine

    private struct Broken: Error {}

    private func at(_ seconds: Int) -> MonotonicTime { .zero + .seconds(seconds) }

    private func fail(_ machine: inout Machine, at now: MonotonicTime) -> CircuitBreaker.Transition? {
        guard case .admitted(let admission) = machine.admit(now: now).answer else { return nil }
        return machine.settle(admission, .failure, took: .zero, now: now)
    }

    @Test("judges a window that holds fewer calls than it asks for")
    func smallWindow() {
        var machine = Machine(.init(window: .calls(10)))
        for _ in 0..<9 { #expect(fail(&machine, at: at(0)) == nil) }
        #expect(fail(&machine, at: at(0))?.to == .open)
        var changed = CircuitBreakerConfiguration()
        changed.window = .calls(-3)
        changed.minimumCalls = .max
        changed.failureRate = .nan
        var other = Machine(changed)
        #expect(fail(&other, at: at(0))?.to == .open, "a rate that is no number is all calls; a window has one at least")
    }

    @Test("a rate of zero means the first failure, and never a success")
    func zeroRate() {
        for rate in [0, -1] {
            var machine = Machine(.init(minimumCalls: 1, failureRate: Double(rate), slowCallDuration: .seconds(1), slowCallRate: 0))
            for _ in 0..<50 {
                guard case .admitted(let admission) = machine.admit(now: at(0)).answer else { return }
                #expect(machine.settle(admission, .success, took: .zero, now: at(0)) == nil)
            }
            #expect(fail(&machine, at: at(0))?.to == .open)
        }
    }

    @Test("opens again when its probes are out too long, and what they bring then counts no more")
    func hangingProbe() {
        var machine = Machine(.init(openDuration: .seconds(10), probes: 1, probeDuration: .seconds(60)))
        _ = machine.force(.open, now: at(0))
        guard case .admitted(let hanging) = machine.admit(now: at(10)).answer else { return }
        #expect(machine.admit(now: at(20)).answer == .refused(retryAfter: .seconds(10)))
        #expect(machine.admit(now: at(65)).answer == .refused(retryAfter: .seconds(5)), "the probe has five seconds left")
        let (answer, transition) = machine.admit(now: at(70))
        #expect(transition?.to == .open)
        #expect(answer == .refused(retryAfter: .seconds(10)))
        #expect(machine.settle(hanging, .failure, took: .seconds(70), now: at(75)) == nil)
        guard case .admitted(let next) = machine.admit(now: at(80)).answer else {
            Issue.record("a new probe may go")
            return
        }
        #expect(machine.settle(next, .success, took: .zero, now: at(81))?.to == .closed)
        var patient = Machine(.init(openDuration: .seconds(10), probes: 1, probeDuration: nil))
        _ = patient.force(.open, now: at(0))
        _ = patient.admit(now: at(10))
        #expect(patient.admit(now: at(100_000)).transition == nil, "without a limit a probe may hang for ever")
    }

    @Test("waits for probes as long as nobody asks")
    func quietProbes() {
        var machine = Machine(.init(openDuration: .seconds(10), probes: 2, probeDuration: .seconds(60)))
        _ = machine.force(.open, now: at(0))
        guard case .admitted(let first) = machine.admit(now: at(10)).answer else { return }
        #expect(machine.settle(first, .success, took: .zero, now: at(11)) == nil)
        guard case (.admitted(let second), nil) = machine.admit(now: at(10_000)) else {
            Issue.record("one of two probes went well, and the next may go")
            return
        }
        #expect(machine.settle(second, .success, took: .zero, now: at(10_001))?.to == .closed)
    }

    @Test("stays open longer each time, up to a longest time, until it has been closed")
    func growth() {
        var machine = Machine(
            .init(window: .calls(1), minimumCalls: 1, openDuration: .seconds(10), openGrowth: 2, longestOpenDuration: .seconds(30), probes: 1))
        #expect(fail(&machine, at: at(0))?.to == .open)
        var now = 0
        for wait in [10, 20, 30, 30] {
            #expect(machine.admit(now: at(now + wait - 1)).answer == .refused(retryAfter: .seconds(1)))
            now += wait
            #expect(fail(&machine, at: at(now))?.to == .open, "the probe failed")
        }
        guard case .admitted(let probe) = machine.admit(now: at(now + 30)).answer else { return }
        #expect(machine.settle(probe, .success, took: .zero, now: at(now + 30))?.to == .closed)
        #expect(fail(&machine, at: at(now + 30))?.to == .open)
        #expect(machine.admit(now: at(now + 39)).answer == .refused(retryAfter: .seconds(1)), "it grows anew")
    }

    @Test("is changed while it runs: at once, and probes that are enough now are judged")
    func reconfigured() {
        var machine = Machine(.init(window: .calls(10), openDuration: .seconds(100), probes: 3))
        for _ in 0..<5 { #expect(fail(&machine, at: at(0)) == nil) }
        #expect(machine.reconfigure(.init(window: .calls(10), minimumCalls: 6, openDuration: .seconds(100), probes: 3), now: at(0)) == nil)
        #expect(fail(&machine, at: at(0))?.to == .open, "the five before count on")
        _ = machine.reconfigure(.init(window: .calls(5), openDuration: .seconds(1), probes: 3), now: at(0))
        for _ in 0..<2 {
            guard case .admitted(let probe) = machine.admit(now: at(1)).answer else { return }
            #expect(machine.settle(probe, .success, took: .zero, now: at(1)) == nil)
        }
        #expect(machine.reconfigure(.init(window: .calls(5), openDuration: .seconds(1), probes: 2), now: at(1))?.to == .closed)
    }

    @Test("keeps someone able to get through, whatever hangs and however often it is changed; the proof notices a probe without a limit", arguments: [false, true])
    func randomOrder(isUnlimited: Bool) {
        let holds = (0..<60 as Range<UInt64>).allSatisfy { seed in
            var random = SeededRandom(seed: seed)
            func configuration() -> CircuitBreakerConfiguration {
                .init(
                    window: .calls(Int.random(in: 1...4, using: &random)), minimumCalls: Int.random(in: 1...9, using: &random),
                    openDuration: .seconds(Int.random(in: 0...3, using: &random)), openGrowth: 2, longestOpenDuration: .seconds(5),
                    probes: Int.random(in: 1...3, using: &random), probeDuration: isUnlimited ? nil : .seconds(4))
            }
            var machine = Machine(configuration())
            var out: [Machine.Admission] = []
            var refusedSince: Int?
            for second in 0..<400 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: _ = machine.reconfigure(configuration(), now: at(second))
                case 1..<4:
                    guard let index = out.indices.randomElement(using: &random) else { continue }
                    _ = machine.settle(out.remove(at: index), .failure, took: .zero, now: at(second))
                case 4: if !out.isEmpty { out.removeFirst() }  // hangs for ever
                default:
                    switch machine.admit(now: at(second)).answer {
                    case .admitted(let admission):
                        out.append(admission)
                        refusedSince = nil
                    case .refused(let retryAfter):
                        if retryAfter ?? .zero <= .zero { return false }
                        refusedSince = refusedSince ?? second
                        // The longest open time, the longest probing, and some for the gaps between questions.
                        if second - refusedSince! > 40 { return false }
                    }
                }
            }
            return true
        }
        #expect(holds != isUnlimited)
    }

    @Test("says what the latest failure was, and takes another configuration", .timeLimit(.minutes(5)))
    func shell() async throws {
        let clock = ManualClock()
        let breaker = CircuitBreaker(.init(window: .calls(50)), clock: clock)
        breaker.reconfigure(.init(window: .calls(1), openDuration: .seconds(5), probes: 1))
        await #expect(throws: Broken.self) { try await breaker.run { throw Broken() } }
        let refusal = await #expect(throws: AcquireError.self) { try await breaker.run {} }
        #expect(refusal?.cause is Broken)
        #expect(refusal?.description.contains("Broken") == false, "a cause is for logs")
        let bare = AcquireError(code: .circuitOpen, message: refusal?.message ?? "", retryAfter: refusal?.retryAfter)
        #expect(refusal == bare)
        #expect(refusal?.hashValue == bare.hashValue)
        clock.advance(by: .seconds(5))
        try await breaker.run {}
        #expect(breaker.snapshot.state == .closed)
    }
}
