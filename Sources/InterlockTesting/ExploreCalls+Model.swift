public import InterlockHistory
public import InterlockServer
public import InterlockSimulation

/// Explores the orders in which a server may run calls that are made at the same time, and reports the first one whose answers fit no order of the calls
/// in a sequential model.
///
/// ```swift
/// @Test func visitsAreCounted() async throws {
///     let calls = (1...3).map { ExploredCall("visit", ["id": "home"], client: $0) }
///     try await exploreCalls(calls, on: { _ in try makeServer() }, model: CounterModel()) { _ in
///         CounterModel.Input(.add(1))
///     } output: { answer in
///         answer.isError ? nil : answer.text.flatMap { Int($0) }.map { .value($0) }
///     }
/// }
/// ```
///
/// A call counts from the instant it is sent to the instant its answer is there, so a call may take effect anywhere between the two, as for a client.
///
/// - Parameters:
///   - calls: made all at once, each client's in order of sending.
///   - exploration: strategy, number of schedules, seed, replay.
///   - makeServer: makes the server of one schedule.
///   - model: what the server would do if its calls came one at a time.
///   - bound: how much work a schedule's check may be; a check that reaches it fails, as it proves nothing.
///   - input: what a call asks of the model; `nil` if the model knows nothing of it, and the call is left out.
///   - output: what an answer says in the model's terms; `nil` if it leaves open whether the call took effect.
/// - Throws: ``InterlockSimulation/ExplorationFailure`` with seed, replay string, trace, and the smallest part of the answers that no order explains.
@discardableResult
public func exploreCalls<Model: SequentialModel>(
    _ calls: [ExploredCall], _ exploration: Exploration = Exploration(),
    on makeServer: @escaping @Sendable (ExplorationContext) throws -> Server,
    model: Model, bound: CheckBound = .steps(1_000_000),
    input: @escaping @Sendable (ExploredCall) -> Model.Input?,
    output: @escaping @Sendable (ExploredAnswer) -> Model.Output?
) async throws -> ExplorationResult {
    try await exploreCalls(calls, exploration, on: makeServer) { answers, _ in
        let recorded = answers.compactMap { answer in
            input(answer.call).map { input in
                RecordedCall<Model.Input, Model.Output>(
                    client: "client \(answer.call.client)", input: input, called: answer.called,
                    outcome: output(answer).map { .returned($0, at: answer.returned) } ?? .unknown)
            }
        }
        let result = LinearizabilityChecker(model, bound: bound).check(try History(recorded))
        guard result.isLinearizable else { throw UnexplainedAnswers(description: "the server is not \(model.promise)\n\(result)") }
    }
}

/// The answers of a schedule that fit no order of its calls, or none that was found within the bound.
struct UnexplainedAnswers: Error, CustomStringConvertible {
    var description: String
}
