import InterlockConcurrency
import InterlockSimulation

/// What is proved of a lock or a limiter: how many may be inside, and that nothing is lost.
protocol Guarding: Sendable {
    init(clock: any SchedulingClock)
    func run(_ body: @Sendable () async -> Void) async throws
    /// Whether nobody holds or waits.
    var isIdle: Bool { get }
    static var capacity: Int { get }
}

/// What a proof found.
struct Violation: Error, CustomStringConvertible {
    let description: String
}

/// So many tasks with so many operations each, one of which is cancelled at any moment there is.
func proof<Subject: Guarding>(
    _: Subject.Type, tasks: Int, operations: Int, victim: Int
) -> ExplorationBody {
    { context in
        let subject = Subject(clock: context.clock)
        let inside = Shared((now: 0, most: 0))
        let workers = (0..<tasks).map { _ in
            Task(executorPreference: context.executor) {  // awaited below
                var refused = 0
                for _ in 0..<operations {
                    do {
                        try await subject.run {
                            inside.update { inside in
                                inside.now += 1
                                inside.most = max(inside.most, inside.now)
                            }
                            await Task.yield()
                            inside.update { $0.now -= 1 }
                        }
                    } catch {
                        refused += 1
                    }
                }
                return refused
            }
        }
        let canceller = Task(executorPreference: context.executor) { workers[victim].cancel() }  // awaited below
        await canceller.value
        for (number, worker) in workers.enumerated() {
            let refused = await worker.value
            if number != victim, refused > 0 { throw Violation(description: "task \(number) was refused and nobody cancelled it") }
        }
        let most = inside.get().most
        if most > Subject.capacity { throw Violation(description: "\(most) were inside at once") }
        if !subject.isIdle { throw Violation(description: "a permit or a waiter is left over") }
    }
}
