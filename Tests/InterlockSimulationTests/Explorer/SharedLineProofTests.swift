import InterlockConcurrency
import InterlockSimulation
import Synchronization
import Testing

/// Something that three callers want at once and before which one may wait, explored while one of them is cancelled anywhere.
private protocol SharedLine: Sendable {
    init(_ policy: QueueConfiguration.FullPolicy, clock: any SchedulingClock)
    /// Returns when it was this caller's turn.
    func run(for key: Int, clock: any SchedulingClock) async throws
    /// Waits until nothing runs; what is left over then, in words.
    func leftOver() async -> String?
    var peakWaiting: Int { get }
    /// The most callers that may be turned away of three, none of which waits for another's work.
    static var mostTurnedAway: Int { get }
}

private struct FairLine: SharedLine {
    private let limiter: FairLimiter<Int>
    init(_ policy: QueueConfiguration.FullPolicy, clock: any SchedulingClock) {
        limiter = FairLimiter(limit: 1, queue: QueueConfiguration(depth: 1, whenFull: policy), clock: clock)
    }

    func run(for key: Int, clock: any SchedulingClock) async throws { try await limiter.withPermit(for: key) { await Task.yield() } }
    func leftOver() async -> String? {
        let now = limiter.snapshot.total
        return now.active > 0 || now.waiting > 0 ? "\(now.active) permits, \(now.waiting) waiters" : nil
    }

    var peakWaiting: Int { limiter.snapshot.total.peakWaiting }
    static var mostTurnedAway: Int { 1 }
}

private struct GroupLine: SharedLine {
    private let limiter: GroupLimiter<Int>
    private let groups: [GroupLimiter<Int>.Group]
    init(_ policy: QueueConfiguration.FullPolicy, clock: any SchedulingClock) {
        let limiter = GroupLimiter<Int>(limit: 1, queue: QueueConfiguration(depth: 1, whenFull: policy), clock: clock)
        self.limiter = limiter
        groups = (0..<3).map { _ in limiter.group() }
    }

    func run(for key: Int, clock: any SchedulingClock) async throws { try await groups[key].withPermit(for: key) { await Task.yield() } }
    func leftOver() async -> String? {
        let now = limiter.snapshot.total
        return now.active > 0 || now.waiting > 0 ? "\(now.active) permits, \(now.waiting) waiters" : nil
    }

    var peakWaiting: Int { limiter.snapshot.total.peakWaiting }
    static var mostTurnedAway: Int { 1 }
}

/// Two callers ask the same, the third something else: one place for whoever waits for work, also for who began it.
private struct FlightLine: SharedLine {
    private let flights: SingleFlight<Int, Int>
    init(_ policy: QueueConfiguration.FullPolicy, clock: any SchedulingClock) {
        flights = SingleFlight(queue: QueueConfiguration(depth: 1, whenFull: policy), maxRunning: 3, clock: clock)
    }

    func run(for key: Int, clock: any SchedulingClock) async throws {
        let value = try await flights.value(for: key) {
            await Task.yield()
            return key
        }
        if value != key { throw Violation(description: "\(value) is the answer to another question than \(key)") }
    }

    func leftOver() async -> String? {
        guard await flights.drain() else { return "work runs on" }
        let now = flights.snapshot
        return now.running > 0 || now.waiting > 0 || now.underWay > 0 ? "\(now.running) run, \(now.waiting) wait" : nil
    }

    var peakWaiting: Int { flights.snapshot.peakWaiting }
    static var mostTurnedAway: Int { 2 }
}

/// Each key has a unit at once and the next a second later. Its line refuses newcomers, whatever the policy.
private struct RateWait: SharedLine {
    private let rates: RateLimiter<Int>
    init(_ policy: QueueConfiguration.FullPolicy, clock: any SchedulingClock) {
        rates = RateLimiter([RateLimit(1, per: .seconds(1))], queue: QueueConfiguration(depth: 1), clock: clock)
        for key in 1...2 { _ = rates.take(for: key) }
    }

    func run(for key: Int, clock: any SchedulingClock) async throws { try await rates.acquire(for: key) }
    func leftOver() async -> String? {
        guard await rates.drain() else { return "somebody waits on" }
        return rates.snapshot.waiting > 0 ? "\(rates.snapshot.waiting) wait" : nil
    }

    var peakWaiting: Int { rates.snapshot.peakWaiting }
    static var mostTurnedAway: Int { 2 }
}

/// The control: the machine of a `FairLimiter` in a shell that does not tell who had to leave the line.
private final class ForgetfulFairLine: SharedLine {
    private let machine: Mutex<FairLimiterStateMachine<Waiter<PermitTable.Slot?>>>
    init(_ policy: QueueConfiguration.FullPolicy, clock: any SchedulingClock) {
        machine = Mutex(FairLimiterStateMachine(limit: 1, queue: QueueConfiguration(depth: 1, whenFull: policy)))
    }

    func run(for key: Int, clock: any SchedulingClock) async throws {
        let waiter = Waiter<PermitTable.Slot?>()
        let slot: PermitTable.Slot
        switch machine.withLock({ $0.acquire(waiter, for: Int32(key), Patience(now: .zero, isCancelled: Task.isCancelled)) }) {
        case .granted(let granted): slot = granted
        case .refused(let code, _): throw AcquireError(code: code, message: "refused")
        case .queued(let ticket, evicted: _):
            let granted = await waiter.wait { [self] in machine.withLock { $0.giveUp(ticket, .cancelled) }?.resolve(nil) }
            guard let granted else { throw AcquireError(code: .cancelled, message: "cancelled") }
            slot = granted
        }
        await Task.yield()
        for grant in machine.withLock({ $0.release(slot) }) { grant.waiter.resolve(grant.slot) }
    }

    func leftOver() async -> String? { nil }
    var peakWaiting: Int { 1 }
    static var mostTurnedAway: Int { 1 }
}

@Suite("Interleavings of three callers before something shared with one place to wait in, one of them cancelled anywhere", .serialized)
struct SharedLineProofTests {
    /// Two callers of one key and one of another: each is served or told why not, and nothing is left over.
    private func proof<Subject: SharedLine>(_: Subject.Type, _ policy: QueueConfiguration.FullPolicy, victim: Int) -> ExplorationBody {
        { context in
            let subject = Subject(policy, clock: context.clock)
            let workers = [1, 1, 2].map { key in
                Task(executorPreference: context.executor) { () -> (code: AcquireError.Code?, violation: String?) in  // awaited below
                    do {
                        try await subject.run(for: key, clock: context.clock)
                        return (nil, nil)
                    } catch let error as AcquireError {
                        return (error.code, nil)
                    } catch {
                        return (nil, "\(error)")
                    }
                }
            }
            let canceller = Task(executorPreference: context.executor) { workers[victim].cancel() }  // awaited below
            await canceller.value
            var turnedAway = 0
            for (number, worker) in workers.enumerated() {
                let (code, violation) = await worker.value
                if let violation { throw Violation(description: "task \(number): \(violation)") }
                if code == .queueFull { turnedAway += 1 } else if let code, number != victim || code != .cancelled && code != .rateLimited {
                    throw Violation(description: "task \(number) ended with \(code)")
                }
            }
            if turnedAway > Subject.mostTurnedAway { throw Violation(description: "\(turnedAway) of three were turned away") }
            if let left = await subject.leftOver() { throw Violation(description: "left over: \(left)") }
            if subject.peakWaiting > 1 { throw Violation(description: "\(subject.peakWaiting) waited where one may") }
        }
    }

    private func prove<Subject: SharedLine>(_ type: Subject.Type, victim: Int) async throws {
        for policy in [QueueConfiguration.FullPolicy.rejectNewest, .rejectOldest] {
            var exploration = Exploration(.exhaustive(preemptions: 1), schedules: 4_000)
            exploration.realTime = .seconds(20)
            let result = try await explore(exploration, proof(type, policy, victim: victim))
            #expect(result.schedules > 50)
            print("\(type), \(policy), task \(victim) cancelled anywhere: \(result.isComplete ? "complete to 1 preemption, " : "")\(result.schedules) schedules")
        }
    }

    @Test("leave a FairLimiter free and everybody told", .timeLimit(.minutes(5)), arguments: 0..<3)
    func fairLimiter(victim: Int) async throws { try await prove(FairLine.self, victim: victim) }

    @Test("leave a GroupLimiter free and everybody told", .timeLimit(.minutes(5)), arguments: 0..<3)
    func groupLimiter(victim: Int) async throws { try await prove(GroupLine.self, victim: victim) }

    @Test("leave a SingleFlight idle, everybody told, and each with the answer to its question", .timeLimit(.minutes(5)), arguments: 0..<3)
    func singleFlight(victim: Int) async throws { try await prove(FlightLine.self, victim: victim) }

    @Test("leave a RateLimiter with nobody waiting and everybody told", .timeLimit(.minutes(5)), arguments: 0..<3)
    func rateLimiter(victim: Int) async throws { try await prove(RateWait.self, victim: victim) }

    @Test("find the line that does not tell who had to leave it, within 200 schedules", .timeLimit(.minutes(5)))
    func control() async throws {
        let failure = try #require(try await Exploration(.random, schedules: 200).run(proof(ForgetfulFairLine.self, .rejectOldest, victim: 0)).failure)
        #expect(failure.finding.code == .deadlock)
    }

    /// A wait that somebody else ends at the moment it is granted: the permit is given back, or was never taken.
    @Test("leave a FairLimiter free when a wait is revoked anywhere", .timeLimit(.minutes(5)))
    func revoked() async throws {
        var exploration = Exploration(.exhaustive(preemptions: 2), schedules: 20_000)
        exploration.realTime = .seconds(20)
        let result = try await explore(exploration) { context in
            let limiter = FairLimiter<Int>(limit: 1, queue: .init(depth: 4), clock: context.clock)
            let revocation = Revocation()
            let workers = (0..<2).map { number in
                Task(executorPreference: context.executor) { () -> AcquireError.Code? in  // awaited below
                    do throws(AcquireError) {
                        let permit = try await limiter.acquire(for: number, of: nil, deadline: nil, revocation: number == 0 ? revocation : nil)
                        await Task.yield()
                        permit.release()
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            let revoker = Task(executorPreference: context.executor) { revocation.revoke() }  // awaited below
            await revoker.value
            let codes = (await workers[0].value, await workers[1].value)
            if codes.1 != nil || codes.0 != nil && codes.0 != .queueFull { throw Violation(description: "ended with \(codes)") }
            let total = limiter.snapshot.total
            if total.active > 0 || total.waiting > 0 { throw Violation(description: "a permit or a waiter is left over") }
            if total.granted + total.refused != 2 { throw Violation(description: "\(total.granted) granted, \(total.refused) refused of two") }
        }
        #expect(result.schedules > 50)
        print("a wait revoked anywhere: \(result.isComplete ? "complete to 2 preemptions, " : "")\(result.schedules) schedules")
    }
}
