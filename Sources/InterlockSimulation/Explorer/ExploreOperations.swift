/// Generates sequences of operations for several tasks, explores how they interleave, and checks the state at the end.
///
/// Every schedule draws new sequences. A failure is shrunk in both directions at once: to the fewest operations, and to the
/// shortest schedule of those, that still break the invariant.
///
/// ```swift
/// try await exploreOperations(
///     tasks: 3,
///     generate: { random, _ in (0..<4).map { _ in Bool.random(using: &random) ? .book : .cancel } },
///     on: { _ in Hall(seats: 10) },
///     perform: { (operation: Booking, hall, _) in try await hall.apply(operation) },
///     invariant: { hall in await hall.taken <= 10 })
/// ```
///
/// - Parameters:
///   - exploration: The settings.
///   - tasks: How many tasks carry out operations at the same time.
///   - generate: Makes the operations of a task, from a random source of its own; the second argument is the task, from 0.
///     It must depend on nothing else.
///   - makeState: Makes the state; once per schedule.
///   - perform: Carries out one operation. What it throws is a broken expectation; refusals that are in order it must catch.
///   - invariant: Whether the state is as it must be, once all tasks have ended: an invariant, or a comparison with a model.
/// - Throws: ``ExplorationFailure``, whose ``ExplorationFailure/operations`` are those left after shrinking.
@discardableResult
public func exploreOperations<State: Sendable, Operation: Sendable>(
    _ exploration: Exploration = Exploration(), tasks: Int,
    generate: @escaping @Sendable (inout SeededRandom, Int) -> [Operation],
    on makeState: @escaping @Sendable (ExplorationContext) async throws -> State,
    perform: @escaping @Sendable (Operation, State, ExplorationContext) async throws -> Void,
    invariant: @escaping @Sendable (State) async throws -> Bool
) async throws -> ExplorationResult {
    try await explore(exploration) { context in
        let sequences = selectOperations(tasks: tasks, context, generate)
        let state = try await makeState(context)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sequence in sequences where !sequence.isEmpty {
                group.addTask {
                    for operation in sequence {
                        context.note("\(operation)")
                        try await perform(operation, state, context)
                    }
                }
            }
            try await group.waitForAll()
        }
        guard try await invariant(state) else {
            throw BrokenInvariant(description: "the invariant does not hold after the operations")
        }
    }
}

/// Generates each task's operations, keeps those of the plan, and tells the explorer.
private func selectOperations<Operation>(
    tasks: Int, _ context: ExplorationContext, _ generate: (inout SeededRandom, Int) -> [Operation]
) -> [[Operation]] {
    var counts: [Int] = []
    var kept: [[Operation]] = []
    for task in 0..<max(0, tasks) {
        var random = context.makeRandom(stream: task + 1)
        let all = generate(&random, task)
        counts.append(all.count)
        guard let masks = context.operations else {
            kept.append(all)
            continue
        }
        kept.append(all.indices.filter { task < masks.count && masks[task].keeps($0) }.map { all[$0] })
    }
    context.setOperations(counts: counts, kept: kept.map { $0.map { "\($0)" } })
    return kept
}
