import InterlockConcurrency
import InterlockSimulation
import Testing

@Suite("A circuit breaker")
struct CircuitBreakerTests {
    private typealias Machine = CircuitBreakerStateMachine

    private struct Broken: Error {}
    private struct NotFound: Error {}

    private func at(_ seconds: Int) -> MonotonicTime { .zero + .seconds(seconds) }

    /// One call through a machine. Returns the transition, or the refusal.
    private func call(
        _ machine: inout Machine, _ verdict: Machine.Verdict, at now: MonotonicTime, took: Duration = .zero
    ) -> String {
        let (answer, opened) = machine.admit(now: now)
        guard case .admitted(let admission) = answer else { return "refused" }
        let transition = machine.settle(admission, verdict, took: took, now: now) ?? opened
        return transition.map { "\($0.from.rawValue) to \($0.to.rawValue)" } ?? ""
    }

    @Test("goes from closed to open at the failure rate, to half open after its time, and on by how the probes go")
    func table() {
        var machine = Machine(.init(window: .calls(4), minimumCalls: 3, failureRate: 0.5, openDuration: .seconds(10), probes: 2))
        #expect(call(&machine, .failure, at: at(0)) == "")
        #expect(call(&machine, .failure, at: at(0)) == "", "too few to judge")
        #expect(call(&machine, .ignored, at: at(0)) == "", "says nothing")
        #expect(call(&machine, .success, at: at(0)) == "closed to open")
        #expect(call(&machine, .success, at: at(9)) == "refused")
        guard case .refused(retryAfter: .seconds(1)) = machine.admit(now: at(9)).answer else {
            Issue.record("an open breaker knows when it will let probes through")
            return
        }
        #expect(call(&machine, .success, at: at(10)) == "open to halfOpen")
        #expect(call(&machine, .failure, at: at(10)) == "halfOpen to open", "one of two probes failed")
        #expect(call(&machine, .success, at: at(20)) == "open to halfOpen")
        #expect(call(&machine, .success, at: at(20)) == "halfOpen to closed")
        #expect(call(&machine, .failure, at: at(20)) == "", "the window is new")
    }

    @Test("opens for slow calls that succeed, and forgets by count and by time")
    func windows() {
        var slow = Machine(.init(window: .calls(10), minimumCalls: 2, slowCallDuration: .seconds(1), slowCallRate: 1))
        #expect(call(&slow, .success, at: at(0), took: .seconds(1)) == "")
        #expect(call(&slow, .success, at: at(0), took: .seconds(2)) == "closed to open")

        var counted = Machine(.init(window: .calls(3), minimumCalls: 1, failureRate: 0.6))
        for verdict in [Machine.Verdict.success, .success, .failure, .success, .success, .failure, .success] {
            #expect(call(&counted, verdict, at: at(0)) == "", "never two failures among three")
        }
        #expect(call(&counted, .failure, at: at(0)) == "closed to open")

        var timed = Machine(.init(window: .time(.seconds(10)), minimumCalls: 2, failureRate: 1))
        #expect(call(&timed, .failure, at: at(0)) == "")
        #expect(call(&timed, .failure, at: at(10)) == "", "the first is forgotten")
        #expect(call(&timed, .failure, at: at(19)) == "closed to open")
    }

    @Test("lets only so many probes out at a time, and takes the place of an ignored one back")
    func probes() {
        var machine = Machine(.init(openDuration: .seconds(1), probes: 2))
        _ = machine.force(.open, now: at(0))
        let first = machine.admit(now: at(1)).answer
        let second = machine.admit(now: at(1)).answer
        guard case .admitted(let one) = first, case .admitted(let two) = second else {
            Issue.record("two probes were allowed")
            return
        }
        #expect(machine.admit(now: at(1)).answer == .refused(retryAfter: .seconds(1)))
        #expect(machine.settle(one, .ignored, took: .zero, now: at(1)) == nil)
        guard case .admitted(let three) = machine.admit(now: at(1)).answer else {
            Issue.record("the place of a probe that said nothing is free")
            return
        }
        #expect(machine.settle(two, .success, took: .zero, now: at(1)) == nil)
        #expect(machine.settle(three, .success, took: .zero, now: at(1))?.to == .closed)
    }

    @Test("does not judge by calls that began before the last change of state")
    func oldCalls() {
        var machine = Machine(.init(window: .calls(5), minimumCalls: 1, failureRate: 0.5, openDuration: .zero, probes: 1))
        guard case .admitted(let old) = machine.admit(now: at(0)).answer else { return }
        _ = machine.force(.open, now: at(0))
        guard case .admitted(let probe) = machine.admit(now: at(1)).answer else { return }
        #expect(machine.settle(old, .failure, took: .zero, now: at(1)) == nil)
        #expect(machine.state == .halfOpen)
        #expect(machine.settle(probe, .success, took: .zero, now: at(1))?.to == .closed)
    }

    @Test("stays forced until it is told otherwise; forced closed counts on, disabled does not judge")
    func forced() {
        var machine = Machine(.init(window: .calls(5), minimumCalls: 1, failureRate: 0.5))
        #expect(machine.force(.forcedOpen, now: at(0))?.to == .forcedOpen)
        #expect(machine.force(.forcedOpen, now: at(0)) == nil)
        #expect(call(&machine, .success, at: at(1_000)) == "refused")
        for state in [CircuitBreaker.State.forcedClosed, .disabled] {
            _ = machine.force(state, now: at(0))
            for _ in 0..<9 { #expect(call(&machine, .failure, at: at(0)) == "") }
            #expect(machine.state == state)
        }
        _ = machine.force(.closed, now: at(0))
        #expect(call(&machine, .failure, at: at(0)) == "closed to open")
    }

    @Test("forced into the state it is in begins anew: its window is empty, and calls under way are judged no more")
    func forcedAgain() {
        var machine = Machine(.init(window: .calls(4), minimumCalls: 4, failureRate: 0.5))
        for _ in 0..<3 { #expect(call(&machine, .failure, at: at(0)) == "") }
        guard case .admitted(let old) = machine.admit(now: at(0)).answer else { return }
        #expect(machine.force(.closed, now: at(0)) == nil)
        #expect(machine.settle(old, .failure, took: .zero, now: at(0)) == nil)
        #expect(call(&machine, .success, at: at(0)) == "")
        #expect(machine.state == .closed, "the failures from before do not count")
    }

    @Test("refusals after it was forced closed do not name what failed before", .timeLimit(.minutes(5)))
    func cause() async throws {
        struct Broken: Error {}
        func cause(_ breaker: CircuitBreaker) async throws -> (any Error)? {
            do { try await breaker.run {} } catch let error as AcquireError { return error.cause }
            return nil
        }
        let breaker = CircuitBreaker(CircuitBreakerConfiguration(window: .calls(1), minimumCalls: 1), clock: ManualClock())
        await #expect(throws: Broken.self) { try await breaker.run { throw Broken() } }
        #expect(try await cause(breaker) is Broken)
        breaker.force(.closed)
        breaker.force(.forcedOpen)
        #expect(try await cause(breaker) == nil)
    }

    /// Random calls that overlap. Returns what went wrong first.
    ///
    /// - Parameter fault: A guard to take out of what the machine is told: `1` settles ignored probes never, `2` lets calls
    ///   through that were refused.
    private func violation(seed: UInt64, fault: Int = 0) -> String? {
        var random = SeededRandom(seed: seed)
        let probes = 1 + Int(seed % 3)
        var machine = Machine(.init(window: seed % 2 == 0 ? .calls(6) : .time(.seconds(5)), minimumCalls: 3, openDuration: .seconds(2), probes: probes))
        var out: [(admission: Machine.Admission?, isProbe: Bool, period: Int)] = []
        var period = 0
        var refusedForEver = 0
        for event in 0..<300 {
            let now = MonotonicTime.zero + .milliseconds(event * 200)
            if Int.random(in: 0..<2, using: &random) == 0 {
                let (answer, transition) = machine.admit(now: now)
                if transition != nil { period += 1 }
                switch answer {
                case .admitted(let admission):
                    refusedForEver = 0
                    if machine.state == .open || machine.state == .forcedOpen { return "event \(event): an open breaker let a call through" }
                    out.append((admission, machine.state == .halfOpen, period))
                case .refused:
                    refusedForEver += 1
                    if machine.state == .closed { return "event \(event): a closed breaker refused" }
                    if fault == 2 { out.append((nil, machine.state == .halfOpen, period)) }
                }
                let probesOut = out.count { $0.isProbe && $0.period == period }
                if probesOut > probes { return "event \(event): \(probesOut) probes are out" }
                if refusedForEver > 60, probesOut == 0 { return "event \(event): nobody gets through any more" }
            } else if let index = out.indices.randomElement(using: &random) {
                let call = out.remove(at: index)
                let verdict = [Machine.Verdict.success, .failure, .ignored].randomElement(using: &random)!
                if fault == 1, verdict == .ignored { continue }
                guard let admission = call.admission else { continue }
                if machine.settle(admission, verdict, took: .zero, now: now) != nil { period += 1 }
            }
        }
        return nil
    }

    @Test("keeps its invariants when calls overlap in any order")
    func randomOrder() {
        for seed in 0..<500 as Range<UInt64> { #expect(violation(seed: seed) == nil) }
    }

    @Test("the proof notices a probe whose place is lost, and a refusal that is not heeded, within 100 rounds", arguments: [1, 2])
    func negativeControl(fault: Int) {
        #expect(Proofs.failsWithin100Seeds { violation(seed: $0, fault: fault) == nil })
    }

    @Test("runs calls, judges their errors as it is told, keeps callers away with a retry-after, and tells of its changes", .timeLimit(.minutes(5)))
    func shell() async throws {
        let clock = ManualClock()
        let log = Shared<[String]>([])
        let breaker = CircuitBreaker(
            .init(window: .calls(4), minimumCalls: 2, failureRate: 0.5, openDuration: .seconds(5), probes: 1), name: "weather", clock: clock,
            judge: { $0 is NotFound ? .success : $0 is CancellationError ? .ignored : .failure },
            onTransition: { transition in log.update { $0.append("\(transition.number): \(transition.to.rawValue)") } })
        await #expect(throws: NotFound.self) { try await breaker.run { throw NotFound() } }
        await #expect(throws: CancellationError.self) { try await breaker.run { throw CancellationError() } }
        await #expect(throws: Broken.self) { try await breaker.run { throw Broken() } }
        let refusal = await #expect(throws: AcquireError.self) { try await breaker.run {} }
        #expect(refusal?.code == .circuitOpen)
        #expect(refusal?.retryAfter == .seconds(5))
        #expect(try await breaker.run({ "body" }, fallback: { "fallback, \(($0 as? AcquireError)?.code == .circuitOpen)" }) == "fallback, true")
        clock.advance(by: .seconds(5))
        #expect(try await breaker.run { 7 } == 7)
        #expect(try await breaker.run({ throw Broken() }, fallback: { _ in 8 }) == 8)
        await #expect(throws: NotFound.self) { try await breaker.run({ throw NotFound() }, fallback: { _ in }) }
        #expect(log.value == ["1: open", "2: halfOpen", "3: closed", "4: open"] || log.value == ["1: open", "2: halfOpen", "3: closed"])
        breaker.force(.disabled)
        #expect(breaker.snapshot.state == .disabled)
        #expect(breaker.snapshot.ignored == 1)
        #expect(breaker.snapshot.refused == 2)
    }

    @Test("lets one probe through of many that come at once; without the count of probes all get through", .timeLimit(.minutes(5)))
    func concurrentProbes() async throws {
        func inside(_ enter: @escaping @Sendable (CircuitBreaker, @Sendable () async throws -> Void) async throws -> Void) async throws -> Int {
            let breaker = CircuitBreaker(.init(openDuration: .zero, probes: 1), clock: ManualClock())
            breaker.force(.open)
            let (gate, refused) = (Gate(), Shared(0))
            return try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do { try await enter(breaker) { try await gate.wait() } } catch is AcquireError { refused.update { $0 += 1 } }
                    }
                }
                // A probe that ended sooner would close the breaker, for those who have not asked yet.
                try await until { gate.waiterCount + refused.value == 8 }
                let inside = gate.waiterCount
                gate.open()
                try await group.waitForAll()
                return inside
            }
        }
        for _ in 0..<50 { #expect(try await inside { breaker, section in try await breaker.run { try await section() } } == 1) }
        #expect(try await inside { breaker, section in if breaker.snapshot.state != .closed { try await section() } } == 8)
    }
}
