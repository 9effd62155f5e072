import Foundation
import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockServer
import InterlockTesting
import Testing

/// What only a clock can prove; `make prove` turns it on. Each figure stands beside its control in the same run.
@Suite("Timed proofs", .enabled(if: ProcessInfo.processInfo.environment["INTERLOCK_PROVE"] != nil), .serialized)
struct TimedProofs {
    /// Seconds for 50 simultaneous calls of a tool that waits 100 ms, on one session.
    private func sleeps(_ guarded: (Tool<NoInput>) -> Tool<NoInput>) async throws -> Double {
        let tool = guarded(Tool("wait") { (context: HandlerContext) in
            try await context.clock.sleep(for: .milliseconds(100))
            return "waited"
        })
        let server = try Server(name: "s", version: "1") { tool }
        return try await withServer(server, over: .http, era: .legacy()) { (client: Client) async throws in
            let clock = ContinuousClock()
            let elapsed = try await clock.measure {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<50 { group.addTask { _ = try await client.callTool("wait") } }
                    try await group.waitForAll()
                }
            }
            return elapsed / .seconds(1)
        }
    }

    @Test("50 simultaneous 100 ms sleeps on one session take little more than one; one at a time they take fifty", .timeLimit(.minutes(5)))
    func concurrentSleeps() async throws {
        var (concurrent, serial): ([Double], [Double]) = ([], [])
        for _ in 0..<5 {
            concurrent.append(try await sleeps { $0 })
            serial.append(try await sleeps { $0.concurrency(1) })
        }
        let (median, control) = (concurrent.sorted()[2], serial.sorted()[2])
        print("PROOF | 50 simultaneous 100 ms sleeps on one session, median of 5 | \(Int(median * 1000)) ms | one at a time: \(Int(control * 1000)) ms | below 500 ms |")
        #expect(median < 0.5)
        #expect(control > 4.9)
    }
}
