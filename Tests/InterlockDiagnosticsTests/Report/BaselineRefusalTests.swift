import InterlockJSON
import Testing

@testable import InterlockDiagnostics

@Suite("A baseline")
struct BaselineRefusalTests {
    private typealias Tool = (name: String, weight: Int, argument: Int)

    private static func load(_ tools: [Tool], spacing: ArrivalSchedule.Spacing = .constant, agents: Int = 1) throws -> LoadDescription {
        let entries = try tools.map { tool in
            ToolMix.Entry(tool: tool.name, weight: tool.weight, arguments: try ArgumentTemplate(["n": .number(JSONNumber(tool.argument))]))
        }
        let configuration = LoadConfiguration(.open([LoadPhase(rate: 100, duration: .seconds(10))], spacing: spacing))
        return LoadDescription(configuration, mix: ToolMix(entries), agents: agents)
    }

    /// What was called does not depend on how often or with what.
    private static func result(_ tools: [Tool]) -> LoadResult {
        var result = LoadResult()
        result.rate = 100
        for tool in tools { result.tools[tool.name] = result.total }
        return result
    }

    /// Why a report that calls `a` and `b` alike, evenly and with 1 and 2 is not compared with a run of this load.
    private static func refusal(_ was: [Tool], spacing: ArrivalSchedule.Spacing = .constant, agents: Int = 1, acrossLoads: Bool = false) throws -> String? {
        let now: [Tool] = [("a", 1, 1), ("b", 1, 2)]
        let record = BenchRecord(
            target: "t", seed: 1, time: 0, machine: MachineFingerprint(parts: [:]), load: try load(was, spacing: spacing, agents: agents), result: result(was))
        let run = BenchmarkStep.Run(result(now), rate: 100, load: try load(now))
        return BenchmarkStep.Baseline(record, bounds: [], acrossLoads: acrossLoads).refusal(of: run)
    }

    @Test("is compared whatever the order in which its tools were named, and by however many agents it was made")
    func alike() throws {
        #expect(try Self.refusal([("a", 1, 1), ("b", 1, 2)]) == nil)
        #expect(try Self.refusal([("b", 1, 2), ("a", 1, 1)]) == nil)
        #expect(try Self.refusal([("b", 1, 2), ("a", 1, 1)], agents: 4) == nil)
    }

    @Test("of other weights, other arguments or another spacing is refused, each in a sentence of its own, unless it is asked for", arguments: [
        ([("a", 2, 1), ("b", 1, 2)], .constant, "in other shares (a ×2, b) than this run (a, b)"),
        ([("b", 3, 2), ("a", 1, 1)], .constant, "in other shares (a, b ×3) than this run (a, b)"),
        ([("a", 1, 1), ("a", 1, 7), ("b", 1, 2)], .constant, "in other shares (a, a, b) than this run (a, b)"),
        ([("a", 1, 1), ("b", 1, 3)], .constant, "the baseline called a, b with other arguments"),
        ([("b", 1, 3), ("a", 1, 1)], .constant, "the baseline called a, b with other arguments"),
        ([("a", 1, 2), ("b", 1, 1)], .constant, "the baseline called a, b with other arguments"),
        ([("a", 1, 1), ("b", 1, 2)], .poisson, "arrived otherwise (open, poisson) than those of this run (open, constant)"),
    ] as [([(name: String, weight: Int, argument: Int)], ArrivalSchedule.Spacing, String)])
    func unlike(was: [(name: String, weight: Int, argument: Int)], spacing: ArrivalSchedule.Spacing, words: String) throws {
        let refusal = try Self.refusal(was, spacing: spacing)
        #expect(refusal?.contains(words) == true, "\(refusal ?? "it is compared")")
        #expect(try Self.refusal(was, spacing: spacing, acrossLoads: true) == nil)
    }
}
