import InterlockConcurrency
import InterlockDiagnostics
import Synchronization
import Testing

/// Runs over a real connection. Which verdicts they lead to depends on the machine: those stand in the tests of the rules and in `Tests/Interop/report.py`.
@Suite("Runs of five steps", .timeLimit(.minutes(5)))
struct FiveStepsRunTests {
    @Test("each step is run, in order, and says what is next and what it cannot catch")
    func steps() async throws {
        let report = try await FaultyServer(.none, links: 32).serving { server in
            try await FiveStepsRun(server, limits: .init(duration: .seconds(2), rate: 50)).run(target: "faulty")
        }
        #expect(report.steps.map(\.step) == DiagnosisStep.allCases)
        #expect(report.steps.allSatisfy { !$0.sentence.isEmpty && !$0.next.isEmpty && !$0.cannotCatch.isEmpty && $0.took > .zero })
        #expect(report.server.hasPrefix("faulty 1, protocol "))
    }

    @Test("only the steps that were asked for are run")
    func only() async throws {
        let report = try await FaultyServer(.none, links: 32).serving { server in
            try await FiveStepsRun(server, limits: .init(duration: .seconds(5), steps: [.concurrency, .profile])).run(target: "faulty")
        }
        #expect(report.steps.map(\.step) == [.profile, .concurrency])
        #expect(report.steps.first?.figures.contains { $0.name == "calls looked at" && $0.value >= 3 } == true)
    }

    @Test("a report's benchmark is a baseline for the next one, at its rate and with its tools")
    func baseline() async throws {
        func report(_ baseline: BenchmarkStep.Baseline?, rate: Double?) async throws -> FiveStepsReport {
            try await FaultyServer(.none, links: 32).serving { server in
                try await FiveStepsRun(server, limits: .init(duration: .seconds(2), rate: rate, steps: [.benchmark]), baseline: baseline).run(target: "faulty")
            }
        }
        let saved = try #require(try await report(nil, rate: 40).benchmark)
        let baseline = BenchmarkStep.Baseline(saved, bounds: [.init(name: "p50", share: 0.5, limit: 1_000)])
        #expect(baseline.rate == 40)
        let step = try #require(try await report(baseline, rate: nil).steps.first)
        #expect(step.figures.contains { $0.name == "rate" && $0.value == 40 })
        // How late calls were begun depends on the machine; whether they were compared depends on that alone.
        #expect((step.comparison?.verdict == .within) != step.undecided.contains { $0.contains("generator") })
    }

    @Test("without the process, memory and the whereabouts of time are not guessed")
    func unknownProcess() async throws {
        let report = try await FaultyServer(.leaksPerCall, links: 32).serving { server in
            var server = server
            server.process = { _ in nil }
            return try await FiveStepsRun(server, limits: .init(duration: .seconds(1), steps: [.profile, .memory])).run(target: "faulty")
        }
        #expect(report.steps.map(\.verdict) == [.undecided, .undecided])
        #expect(report.steps.last?.undecided.contains { $0.contains("--pid") } == true)
        #expect(report.headline.hasPrefix("Nothing could be told"))
    }

    @Test("an interrupted report keeps its steps, says which were cut off, and lets them end what they have started")
    func interrupted() async throws {
        let hasEnded = Mutex(false)
        let report = try await FaultyServer(.none, links: 32).serving { server in
            let begun = Waiter<Void>()
            let profiler: FiveStepsRun.Profiler = { _, _, _ in
                begun.resolve(())
                do { try await SystemClock.shared.sleep(for: .seconds(600)) } catch {
                    // What it has started does not end at once.
                    for _ in 0..<100 { await Task.yield() }
                }
                hasEnded.withLock { $0 = true }
                throw CancellationError()
            }
            let steps = FiveStepsRun(server, limits: .init(duration: .seconds(2)), profiler: profiler)
            let run = Task { try await steps.run(target: "faulty") }
            await begun.suspend()
            run.cancel()
            return try await run.value
        }
        #expect(report.steps.map(\.step) == DiagnosisStep.allCases)
        #expect(report.steps.allSatisfy { $0.verdict == .undecided && $0.sentence == "It was interrupted." })
        #expect(hasEnded.withLock(\.self) && report.verdict == .undecided)
    }

    @Test("a profiler's evidence is added, and one that fails says so and keeps the rest")
    func profiler() async throws {
        struct Refused: Error {}
        for refuses in [false, true] {
            let report = try await FaultyServer(.none, links: 32).serving { server in
                let profiler: FiveStepsRun.Profiler = { _, operations, _ in
                    if refuses { throw Refused() }
                    return ProfileEvidence(source: "a test", hotPaths: operations.map { .init(operation: "\($0)", symbol: "hot", share: 1) })
                }
                return try await FiveStepsRun(server, limits: .init(duration: .seconds(1), steps: [.profile]), profiler: profiler).run(target: "faulty")
            }
            #expect(report.html.contains("Hottest functions") == !refuses)
            #expect((report.steps.first?.undecided.contains { $0.contains("flame graph") } == true) == refuses)
        }
    }
}
