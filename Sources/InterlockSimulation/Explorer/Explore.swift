/// Runs `body` again and again under a scheduler that decides every interleaving, and throws the first schedule that breaks
/// an expectation.
///
/// ```swift
/// @Test func twoDeposits() async throws {
///     try await explore {
///         let account = Account()
///         async let first: Void = account.deposit(10)
///         async let second: Void = account.deposit(10)
///         _ = await (first, second)
///         guard await account.balance == 20 else { throw LostDeposit() }
///     }
/// }
/// ```
///
/// The body makes its own state, starts tasks, and throws when something is wrong. `try #require(…)` throws, and besides
/// records an issue in every run that meets it, those that shrink the failure included. A plain `#expect` records an issue
/// that the explorer cannot see. See ``Exploration`` for what is and is not under control, and for more settings.
///
/// - Parameters:
///   - strategy: How to pick the next schedule.
///   - schedules: Schedules to run at most.
///   - seed: What the random choices follow from. The same seed explores the same schedules.
///   - replay: A replay string from a report: run that schedule and no other.
///   - body: What to explore. Runs once per schedule.
/// - Returns: how much was explored, and whether that was everything.
/// - Throws: ``ExplorationFailure`` when a schedule broke an expectation; its description is the report.
@discardableResult
public func explore(
    _ strategy: ExplorationStrategy = .varied, schedules: Int = 1_000, seed: UInt64 = 0, replay: String? = nil,
    _ body: @escaping ExplorationBody
) async throws -> ExplorationResult {
    try await explore(Exploration(strategy, schedules: schedules, seed: seed, replay: replay), body)
}

/// Explores a body that needs neither virtual time nor randomness. See ``explore(_:schedules:seed:replay:_:)``.
@discardableResult
public func explore(
    _ strategy: ExplorationStrategy = .varied, schedules: Int = 1_000, seed: UInt64 = 0, replay: String? = nil,
    _ body: @escaping @Sendable () async throws -> Void
) async throws -> ExplorationResult {
    try await explore(Exploration(strategy, schedules: schedules, seed: seed, replay: replay)) { _ in try await body() }
}

/// Explores with all settings given. See ``explore(_:schedules:seed:replay:_:)``.
@discardableResult
public func explore(_ exploration: Exploration, _ body: @escaping ExplorationBody) async throws -> ExplorationResult {
    let result = try await exploration.run(body)
    if let failure = result.failure { throw failure }
    return result
}

/// Explores a body that works on a state of its own, and checks an invariant at the end of each schedule.
///
/// - Parameters:
///   - exploration: The settings.
///   - makeState: Makes the state; once per schedule.
///   - body: What to explore.
///   - invariant: Whether the state is as it must be, once the body has ended.
/// - Throws: ``ExplorationFailure`` when the body throws or the invariant does not hold.
@discardableResult
public func explore<State: Sendable>(
    _ exploration: Exploration = Exploration(), on makeState: @escaping @Sendable (ExplorationContext) async throws -> State,
    _ body: @escaping @Sendable (State, ExplorationContext) async throws -> Void,
    invariant: @escaping @Sendable (State) async throws -> Bool
) async throws -> ExplorationResult {
    try await explore(exploration) { context in
        let state = try await makeState(context)
        try await body(state, context)
        guard try await invariant(state) else { throw BrokenInvariant(description: "the invariant does not hold at the end") }
    }
}
