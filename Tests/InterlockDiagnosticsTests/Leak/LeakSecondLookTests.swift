import InterlockConcurrency
import InterlockJSON
import Testing

@testable import InterlockDiagnostics

// In the pass of those whose time counts: calls are made again and again.
extension FaultyServerTests {
    @Suite("A second look at what the first could not tell", .timeLimit(.minutes(5)), .serialized)
    struct LeakSecondLookTests {
        private static let call = ProbeOperation.call(tool: "work", arguments: .emptyObject)

        @Test("What fills up in its first calls is no leak, what goes on is one, and one that is large is not looked at twice", arguments: [
            (FaultyServer.Fault.fillsUp, 3, GrowthJudgement.Verdict.noLeak, 2), (.leaksLittle, 3, .leak, 2), (.leaksPerCall, 3, .leak, 1), (.none, 3, .noLeak, 1),
            // With fewer kinds there is no second look, and each has as much time as that would bring.
            (.fillsUp, 1, .leak, 1),
        ])
        func leaks(fault: FaultyServer.Fault, kinds: Int, verdict: GrowthJudgement.Verdict, looks: Int) async throws {
            let server = FaultyServer(fault)
            let report = try await server.serving { diagnosed in
                let limits = LeakRun.Limits(duration: .seconds(240), idle: .zero, cycles: 2000)
                return try await LeakRun(diagnosed, limits: limits).run(Array([Self.call, .listTools, .failingCall].prefix(kinds)))
            }
            #expect(report.parts.count == kinds && report.parts.first?.operation == Self.call && report.parts.first?.cycles == 2000)
            #expect(report.verdict == verdict, "\(report.headline)")
            // One call more is made to see whether the tool works.
            #expect(server.calls == 2000 * looks + 1)
        }

        /// A part of a hundred cycles with a measure of memory.
        private static func part(_ operation: ProbeOperation?, _ verdict: GrowthJudgement.Verdict, growth: Double = 0) -> LeakReport.Part {
            let judgement = GrowthJudgement(verdict: verdict, slope: nil, growth: growth, resolution: 0, reason: "")
            return .init(
                operation: operation, cycles: 100, failures: 0, duration: .seconds(1),
                measures: [.init(quantity: .privateDirty, series: GrowthSeries([]), judgement: judgement)])
        }

        /// What is looked at again, for how long, and what stands afterwards.
        private static func again(
            _ parts: [LeakReport.Part], reserve: Duration = .seconds(6), _ look: (_ outcome: inout LeakRun.Outcome, ProbeOperation) -> Void
        ) async throws -> (looks: [ProbeOperation], share: Duration?, outcome: LeakRun.Outcome) {
            let run = LeakRun(DiagnosedServer(isShared: true, isHTTP: false, process: { _ in nil }) { fatalError("no link is opened") })
            var outcome = LeakRun.Outcome(parts: parts), looks: [ProbeOperation] = [], share: Duration?
            try await run.lookAgain(for: reserve, &outcome) { operation, time, outcome in
                looks.append(operation)
                share = time
                look(&outcome, operation)
            }
            return (looks, share, outcome)
        }

        @Test("What is open shares the reserve, and what is seen then stands in its place; the rest stays as it is")
        func openParts() async throws {
            var ended = Self.part(.connection, .notEnoughData)
            ended.ended = "the connection was lost"
            let parts = [
                Self.part(nil, .notEnoughData), Self.part(Self.call, .notEnoughData), Self.part(.listTools, .leak, growth: 1_048_576), ended,
                Self.part(.failingCall, .leak, growth: 300 * 1024), Self.part(.session, .leak, growth: 5_242_880), Self.part(.abandonedSession, .plateau),
            ]
            let seen = try await Self.again(parts) { outcome, operation in outcome.parts.append(Self.part(operation, .noLeak)) }
            #expect(seen.looks == [Self.call, .failingCall, .session] && seen.share == .seconds(2))
            #expect(seen.outcome.parts.map(\.operation) == parts.map(\.operation))
            #expect(seen.outcome.parts.map(\.verdict) == [.notEnoughData, .noLeak, .leak, .notEnoughData, .noLeak, .noLeak, .plateau])
        }

        @Test("Without a reserve, or with nothing open, nothing is done again")
        func nothing() async throws {
            let none = try await Self.again([Self.part(Self.call, .notEnoughData)], reserve: .zero) { _, _ in }
            let closed = try await Self.again([Self.part(Self.call, .noLeak), Self.part(.listTools, .plateau)]) { _, _ in }
            #expect(none.looks.isEmpty && closed.looks.isEmpty)
        }

        @Test("A server that is lost at the second look is told of, and what the first saw stands")
        func lost() async throws {
            let parts = [Self.part(Self.call, .leak, growth: 300 * 1024), Self.part(.listTools, .notEnoughData)]
            let seen = try await Self.again(parts) { outcome, operation in
                var part = Self.part(operation, .noLeak)
                part.ended = "it was lost"
                outcome.parts.append(part)
                outcome.loss = ServerLoss(during: "\(operation)", message: "closed")
            }
            #expect(seen.looks == [Self.call] && seen.outcome.loss != nil)
            #expect(seen.outcome.parts.map(\.verdict) == [.leak, .notEnoughData])
        }
    }
}
