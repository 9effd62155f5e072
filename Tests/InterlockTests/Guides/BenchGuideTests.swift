import Interlock
import InterlockDiagnostics
import Testing

@ToolInput
private struct Payment { var amount: Int }

@Suite("The guide to bench", .timeLimit(.minutes(5)))
struct BenchGuideTests {
    private func server() throws -> Server {
        try Server(name: "guide", version: "1") {
            Tool("transfer") { (input: Payment, _) in "moved \(input.amount)" }
        }
    }

    // The guide's lines, kept from running ten thousand calls here: they compile, and a shorter one runs.
    private func snippet(_ server: Server) async throws {
        let latency = try await Microbench(warmUps: 500, calls: 10_000).measure("transfer", arguments: RawJSON(parsing: #"{"amount":5}"#), of: server)
        print("p50 \(latency.quantile(0.5)!), p99 \(latency.quantile(0.99)!)")
    }

    @Test("its snippet compiles, line by line, and what it measures is measured")
    func compiled() async throws {
        let latency = try await Microbench(warmUps: 2, calls: 20).measure("transfer", arguments: RawJSON(parsing: #"{"amount":5}"#), of: server())
        #expect(latency.count == 20)
        #expect(try Guide("docs/bench.md").swift(missingIn: #filePath) == [])
    }
}
