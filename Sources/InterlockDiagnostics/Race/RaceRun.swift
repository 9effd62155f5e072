public import InterlockClient
import InterlockHistory
import InterlockJSON
import InterlockProtocol
import InterlockSimulation

/// Fires randomised concurrent calls at a server, from several clients, and checks their answers against a sequential model.
///
/// Knows nothing of the server but its tools: any MCP server, in any language. A finding is proof that the answers fit no order of the calls; finding
/// nothing is not proof of the contrary.
public struct RaceRun: Sendable {
    /// What one round found.
    public struct Finding: Sendable, CustomStringConvertible {
        public let round: Int
        public let seed: UInt64
        /// What the server promised, and the smallest part of the answers that breaks it, in words.
        public let explanation: String

        public var description: String { "round \(round), seed \(seed)\n\(explanation)" }
    }

    /// How a race ended.
    public struct Report: Sendable {
        public let rounds: Int
        public let calls: Int
        /// Calls the server had no room for; they are left out of the check.
        public let busy: Int
        public let finding: Finding?
        /// Rounds whose check reached its bound.
        public let undecided: Int
    }

    private let plan: RacePlan
    private let seed: UInt64

    public init(_ plan: RacePlan, seed: UInt64) {
        self.plan = plan
        self.seed = seed
    }

    /// Runs rounds until one breaks the promise, all are done, or `isOver` says so between two.
    ///
    /// - Parameters:
    ///   - first: the round to begin with, to see a finding again.
    ///   - withClients: opens so many clients of the server for one round, and closes them; a server of its own where it can be started.
    public func run(
        from first: Int = 1, isOver: () -> Bool = { false },
        withClients: (_ count: Int, _ body: ([Client]) async throws -> RoundResult) async throws -> RoundResult
    ) async throws -> Report {
        var (rounds, calls, busy, undecided) = (0, 0, 0, 0)
        for round in first..<(first + (plan.rounds ?? 25)) {
            if rounds > 0, isOver() { break }
            let drawn = plan.draw(round: round, seed: seed)
            let result = try await withClients(drawn.count) { try await play(round, drawn, $0) }
            rounds += 1
            calls += result.calls
            busy += result.busy
            if result.isUndecided { undecided += 1 }
            guard let fault = result.fault else { continue }
            return Report(rounds: rounds, calls: calls, busy: busy, finding: Finding(round: round, seed: seed, explanation: fault), undecided: undecided)
        }
        return Report(rounds: rounds, calls: calls, busy: busy, finding: nil, undecided: undecided)
    }

    /// What one round brought.
    public struct RoundResult: Sendable {
        let calls: Int
        let busy: Int
        let fault: String?
        let isUndecided: Bool
    }

    private func play(_ round: Int, _ drawn: [[PlannedCall]], _ clients: [Client]) async throws -> RoundResult {
        var random = SeededRandom(seed: seed)
        for step in plan.prepare ?? [] {
            let values = DrawnValues(plan, round: round, random: &random)
            let result = try await clients[0].callTool(step.tool, arguments: RawJSON(values.fill(step.arguments ?? [:], round: round)))
            if result.isError { throw RaceError("prepare: \(step.tool) answered with an error: \(result.content.compactMap(\.text).joined(separator: " "))") }
        }
        return switch plan.model {
        case .counter: try await play(drawn, clients, RaceModels.counter(plan))
        case .register: try await play(drawn, clients, RaceModels.register(plan))
        case .set: try await play(drawn, clients, RaceModels.set(plan))
        case .bank: try await play(drawn, clients, RaceModels.bank(plan, round: round))
        case .uniqueID: try await play(drawn, clients, RaceModels.uniqueID)
        }
    }

    private func play<Model: SequentialModel>(_ drawn: [[PlannedCall]], _ clients: [Client], _ race: RaceModel<Model>) async throws -> RoundResult {
        let recorder = HistoryRecorder<Model.Input, Model.Output>()
        let busy = try await withThrowingTaskGroup(of: Int.self) { group in
            for (number, calls) in drawn.enumerated() {
                let client = clients[number]
                group.addTask {
                    var busy = 0
                    for call in calls {
                        let id = try recorder.begin(client: "client \(number + 1)", race.input(call))
                        let answer: RaceAnswer
                        do {
                            answer = RaceAnswer(try await client.callTool(call.operation.tool, arguments: call.arguments), call.operation)
                        } catch let error as ProtocolError where error.code == .invalidParams || error.code == .methodNotFound {
                            throw RaceError("\(call.operation.tool) \(call.arguments): \(error.message)")
                        } catch is ProtocolError {
                            continue // what it did is unknown
                        }
                        if case .busy = answer {
                            recorder.discard(id)
                            busy += 1
                        } else if let output = race.output(answer, call) {
                            recorder.end(id, output)
                        }
                    }
                    return busy
                }
            }
            return try await group.reduce(0, +)
        }
        let result = LinearizabilityChecker(race.model, bound: .steps(2_000_000)).check(recorder.history())
        let fault: String? = result.fault.map { "the server is not \(race.model.promise)\n\($0)" }
        return RoundResult(calls: drawn.reduce(0) { $0 + $1.count }, busy: busy, fault: fault, isUndecided: fault == nil && !result.isLinearizable)
    }
}
