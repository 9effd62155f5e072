import InterlockClient
import InterlockProtocol
import InterlockServer
import InterlockSimulation
import Testing

@testable import InterlockDiagnostics

@Suite("The microbenchmark", .timeLimit(.minutes(5)))
struct MicrobenchTests {
    private static func server() throws -> Server {
        try Server(name: "s", version: "1") {
            Tool("ok") { (_: HandlerContext) in "fine" }
            Tool("bad") { (_: HandlerContext) -> String in throw ToolError("on purpose") }
        }
    }

    @Test("times what it is told to time, warm-ups apart")
    func exact() async throws {
        let clock = ManualClock()
        var number = 0
        let histogram = try await Microbench(warmUps: 3, calls: 10).measure(clock: clock) {
            number += 1
            clock.advance(by: number <= 3 ? .seconds(1) : .milliseconds(5))
        }
        #expect(number == 13 && histogram.count == 10)
        #expect(histogram.range == 5_000_000...5_000_000)
    }

    @Test("times a tool over the in-memory link, in both eras")
    func tool() async throws {
        for era in [ClientConfiguration.Era.modern(), .legacy()] {
            let histogram = try await Microbench(warmUps: 5, calls: 50).measure("ok", of: Self.server(), era: era)
            #expect(histogram.count == 50)
        }
    }

    @Test("a tool that fails ends it with its message")
    func fails() async throws {
        let error = await #expect(throws: BenchError.self) { try await Microbench(calls: 1).measure("bad", of: Self.server()) }
        #expect(error?.description.contains("on purpose") == true)
    }
}
