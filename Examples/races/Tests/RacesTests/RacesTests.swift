import InterlockSimulation
import Races
import Testing

@Suite("The races of the field")
struct RacesTests {
    @Test("each wrong version is found within 1,000 schedules by every strategy", .timeLimit(.minutes(10)), arguments: Scenario.all)
    func found(_ scenario: Scenario) async throws {
        for strategy in [ExplorationStrategy.varied, .random, .pct(depth: 3), .delayBounded(delays: 3), .exhaustive] {
            let result = try await Exploration(strategy, schedules: 1_000).run(scenario.racy)
            let failure = try #require(result.failure, "\(strategy) found nothing in \(result.schedules) schedules")
            #expect(failure.finding.code == .expectation || failure.finding.code == .deadlock)
            print("\(scenario.name), \(strategy): found at schedule \(failure.schedule), \(failure.steps) steps")
        }
    }

    @Test("the replay string of each shows the same trace 100 times of 100", .timeLimit(.minutes(10)), arguments: Scenario.all)
    func replays(_ scenario: Scenario) async throws {
        let found = try #require(try await Exploration().run(scenario.racy).failure)
        var same = 0
        for _ in 0..<100 {
            let again = try #require(try await Exploration(replay: found.replay).run(scenario.racy).failure)
            #expect(again.trace == found.trace)
            #expect(again.finding == found.finding)
            if again.trace == found.trace, again.finding == found.finding { same += 1 }
        }
        print("\(scenario.name): \(same) of 100 replays show the same trace")
    }

    @Test("each is shrunk to at most 1.5 times the shortest failing schedule there is", .timeLimit(.minutes(10)), arguments: Scenario.all)
    func shrinks(_ scenario: Scenario) async throws {
        var exhaustive = Exploration(.exhaustive, schedules: 200_000)
        exhaustive.findsShortest = true
        let everything = try await exhaustive.run(scenario.racy)
        #expect(everything.isComplete, "what was not looked at may be shorter")
        let shortest = try #require(everything.failure)
        print("\(scenario.name): \(everything.schedules) schedules, complete: \(everything.isComplete), shortest \(shortest.steps) steps")
        var longest = 0
        for seed in 0..<20 {
            let found = try #require(try await Exploration(.random, seed: UInt64(seed)).run(scenario.racy).failure)
            #expect(2 * found.steps <= 3 * shortest.steps, "seed \(seed): \(found.steps) steps against \(shortest.steps)")
            longest = max(longest, found.steps)
        }
        print("\(scenario.name): shrunk to \(longest) steps at most, with 20 seeds")
    }

    @Test("nothing is found in the right versions within 20,000 schedules", .timeLimit(.minutes(10)), arguments: Scenario.all)
    func clear(_ scenario: Scenario) async throws {
        let result = try await explore(.varied, schedules: 20_000, scenario.guarded)
        #expect(result.schedules == 20_000)
        print("\(scenario.name): right version, nothing found in \(result.schedules) schedules")
        let everything = try await explore(.exhaustive(preemptions: 2), schedules: 20_000, scenario.guarded)
        print("\(scenario.name): right version, \(everything.schedules) schedules to preemption bound 2, complete: \(everything.isComplete)")
    }
}

@Suite("Random transfers")
struct TransferTests {
    struct Transfer: Sendable, CustomStringConvertible {
        var amount: Int
        var source: String
        var target: String

        var description: String { "\(amount) from \(source) to \(target)" }
    }

    private static let generate: @Sendable (inout SeededRandom, Int) -> [Transfer] = { random, _ in
        (0..<4).map { _ in
            let accounts = ["a", "b", "c"].shuffled(using: &random)
            return Transfer(amount: Int.random(in: 1...60, using: &random), source: accounts[0], target: accounts[1])
        }
    }

    private func run<Accounts: Bank>(_: Accounts.Type, _ exploration: Exploration) async throws -> ExplorationResult {
        try await exploreOperations(
            exploration, tasks: 3, generate: Self.generate,
            on: { _ in
                let ledger = Ledger(["a": 100, "b": 100, "c": 100])
                return (ledger: ledger, bank: Accounts(ledger: ledger))
            },
            perform: { transfer, state, _ in _ = try await state.bank.transfer(transfer.amount, from: transfer.source, to: transfer.target) },
            invariant: { state in
                let (total, lowest) = await (state.ledger.total, state.ledger.lowest)
                return total == 300 && lowest >= 0
            })
    }

    @Test("make money appear in the wrong bank, and two of them are enough to show it", .timeLimit(.minutes(10)), arguments: 0..<5)
    func found(seed: UInt64) async throws {
        let failure = try await #require(throws: ExplorationFailure.self) {
            try await run(RacyBank.self, Exploration(.varied, seed: seed))
        }
        #expect(failure.operations.flatMap { $0 }.count == 2, "\(failure)")
    }

    @Test("keep every coin in the right bank", .timeLimit(.minutes(10)))
    func clear() async throws {
        let result = try await run(GuardedBank.self, Exploration(.varied, schedules: 5_000))
        #expect(result.schedules == 5_000)
    }
}
