import InterlockClient
import InterlockJSON
import InterlockProtocol
import InterlockSimulation

/// One round of a race: brings the server to its beginning, makes the calls at once, and judges what came of them.
struct RaceRound: Sendable {
    let plan: RacePlan
    let scope: RaceScope
    let calls: [[PlannedCall]]
    let options: RequestOptions

    func play(on clients: [Client]) async throws -> RaceRun.RoundResult {
        for (what, steps) in [("reset", plan.reset), ("prepare", plan.prepare)] {
            for step in steps { _ = try await make(step, what, clients[0]) }
        }
        let judge = RaceModels.judge(of: plan, scope)
        let tally = SharedTally()
        let shape = RoundShape(round: scope.round, calls: calls.reduce(0) { $0 + $1.count }, model: plan.model)
        for phase in shape.phases(calls) where !tally.withLock({ $0.isOver }) {
            try await play(phase, on: clients, judge, tally)
        }
        return try await result(of: tally.withLock { $0 }, judge, clients[0])
    }

    /// Opens a gate before all lanes at once, so that the first is not done when the last begins.
    private func play(_ lanes: [[PlannedCall]], on clients: [Client], _ judge: (any RoundJudge)?, _ tally: SharedTally) async throws {
        let gate = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in lanes {
                group.addTask {
                    try await gate.wait()
                    for call in lane where !tally.withLock({ $0.isOver }) { try await make(call, clients[call.client - 1], judge, tally) }
                }
            }
            try await gate.waitForWaiters(lanes.count)
            gate.open()
            try await group.waitForAll()
        }
    }

    private func make(_ call: PlannedCall, _ client: Client, _ judge: (any RoundJudge)?, _ tally: SharedTally) async throws {
        tally.withLock { $0.began(call) }
        let note = try judge?.begin(call)
        let answer: RaceAnswer
        do {
            answer = RaceAnswer(try await client.callTool(call.operation.tool, arguments: call.arguments, options: options), call.operation)
        } catch let error as ProtocolError {
            answer = RaceAnswer(error, call.operation)
            if case .failed = answer, error.code == .invalidParams || error.code == .methodNotFound {
                throw RaceError("\(call.operation.tool) \(call.arguments): \(error.message)")
            }
        } catch let error as ClientError {
            guard tally.withLock({ $0.ended(call, error) }) else { throw error }
            return
        }
        note?(answer)
        tally.withLock { $0.ended(call, answer) }
    }

    // MARK: What came of it

    private func result(of tally: RoundTally, _ judge: (any RoundJudge)?, _ client: Client) async throws -> RaceRun.RoundResult {
        var result = RaceRun.RoundResult(counts: tally.counts.values.reduce(into: AnswerCounts()) { $0 += $1 })
        switch judge?.verdict() {
        case .fault(let text): result.faults.append((.model, text))
        case .undecided: result.isUndecided = true
        case .fits, nil: break
        }
        let isAlive = tally.reason == nil ? true : try await answers(client)
        if let finding = tally.finding(isAlive: isAlive) {
            result.faults.append(finding)
        } else if let invariant = plan.invariant, result.counts.answered > 0 {
            let read = try await invariant.call.asyncMap { try await make($0, "invariant", client) }
            let violations = try invariant.violations(in: RaceInvariant.Evidence(read, tally.counts))
            if !violations.isEmpty { result.faults.append((.invariant, text(violations, read, tally))) }
        }
        return result
    }

    private func text(_ violations: [some CustomStringConvertible], _ read: CallToolResult?, _ tally: RoundTally) -> String {
        let counts = tally.counts.sorted { $0.key < $1.key }.map { tool, counts in
            "\(tool): \(counts.calls) calls, \(counts.done) done, \(counts.refused) refused, \(counts.open) unknown"
        }
        let answer = read.map { $0.structuredContent.map(\.description) ?? $0.content.compactMap(\.text).joined(separator: " ") }
        let lines = violations.map(\.description) + counts + (answer.map { ["\(plan.invariant?.call?.tool ?? "") answered \($0.prefix(400))"] } ?? [])
        return "the invariant does not hold when all calls have been answered\n" + lines.map { "  \($0)" }.joined(separator: "\n")
    }

    /// Whether the server answers a request that has nothing to do with the race.
    private func answers(_ client: Client) async throws -> Bool {
        do {
            _ = try await client.listTools(cursor: nil, options: options)
            return true
        } catch is ProtocolError {
            return true
        } catch is ClientError {
            return false // the finding says so
        }
    }

    /// Makes a call that is none of the race.
    private func make(_ step: RacePlan.Step, _ what: String, _ client: Client) async throws -> CallToolResult {
        do {
            let result = try await client.callTool(step.tool, arguments: RawJSON(step.arguments.fill(scope.names)), options: options)
            guard result.isError else { return result }
            throw RaceError("\(what): \(step.tool) answered with an error: \(result.content.compactMap(\.text).joined(separator: " "))")
        } catch let error as ProtocolError {
            throw RaceError("\(what): \(step.tool): \(error.message)")
        }
    }
}

extension Optional {
    fileprivate func asyncMap<Mapped>(_ transform: (Wrapped) async throws -> Mapped) async rethrows -> Mapped? {
        guard let value = self else { return nil }
        return try await transform(value)
    }
}
