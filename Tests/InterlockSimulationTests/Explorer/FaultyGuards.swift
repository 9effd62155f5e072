import InterlockConcurrency
import InterlockSimulation
import Testing

/// A control: what it wraps with its permit given back before the body has run.
struct GivenBackEarly<Subject: Guarding>: Guarding {
    private let subject: Subject
    init(clock: any SchedulingClock) { subject = Subject(clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws {
        try await subject.run {}
        await body()
    }
    var isIdle: Bool { subject.isIdle }
    static var capacity: Int { Subject.capacity }
}

/// A control: what it wraps, where the third caller that comes in never gives its permit back. Nobody waits for it then, so
/// only who looks whether everything is back can notice.
struct KeptForEver<Subject: Guarding>: Guarding {
    private let subject: Subject
    private let entries = Shared(0)
    init(clock: any SchedulingClock) { subject = Subject(clock: clock) }
    func run(_ body: @Sendable () async -> Void) async throws {
        let isLast = Shared(false)
        try await subject.run {
            let count = entries.update { count in
                count += 1
                return count
            }
            isLast.update { $0 = count == 3 }
            await body()
        }
        guard isLast.get() else { return }
        let taken = Waiter<Bool>()
        let (subject, end) = (subject, Waiter<Bool>())
        // Awaited by nobody: it holds a permit for ever. That is the fault.
        Task {
            do {
                try await subject.run {
                    taken.resolve(true)
                    _ = await end.suspend()
                }
            } catch {
                taken.resolve(false)
            }
        }
        _ = await taken.suspend()
    }
    var isIdle: Bool { subject.isIdle }
    static var capacity: Int { Subject.capacity }
}

/// Finds a permit that is given back too early and one that is never given back, by the very proof that the right primitive passes.
func findsPlantedFaults<Subject: Guarding>(_ type: Subject.Type, schedules: Int = 200) async throws {
    let early = proof(GivenBackEarly<Subject>.self, tasks: 3, operations: 1, victim: 0)
    let earlyFinding = try #require(try await Exploration(.random, schedules: schedules).run(early).failure, "\(type): a permit given back early").finding
    #expect(earlyFinding.code == .expectation)
    #expect("\(earlyFinding)".contains("were inside at once"), "\(earlyFinding)")
    let kept = proof(KeptForEver<Subject>.self, tasks: 3, operations: 1, victim: 0)
    let keptFinding = try #require(try await Exploration(.random, schedules: schedules).run(kept).failure, "\(type): a permit kept for ever").finding
    #expect(keptFinding.code == .expectation)
    #expect("\(keptFinding)".contains("left over"), "\(keptFinding)")
}
