import InterlockConcurrency
import InterlockJSON
import InterlockSimulation
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("Two servers by turns", .timeLimit(.minutes(5)))
struct InterleavedRunTests {
    @Test("the order changes from pair to pair, and both get the same calls")
    func interleaved() async throws {
        let seen = Mutex<[String]>([])
        func agent(_ name: String) -> LoadAgent {
            LoadAgent { _, arguments in
                seen.withLock { $0.append("\(name)\(arguments["n"]?.int ?? -1)") }
                return (.ok, nil)
            }
        }
        let mix = ToolMix([.init(tool: "t", arguments: try ArgumentTemplate(["n": "{{random 1 1000000}}"]))])
        let block = LoadConfiguration(.closed(clients: 1, duration: .seconds(1)), maximumCalls: 1, seed: 3)
        let clock = ManualClock()
        let (first, second) = await InterleavedRun(block, pairs: 4).run((mix, [agent("a")]), (mix, [agent("b")]), clock: clock)
        let calls = seen.withLock { $0 }
        #expect(calls.map { $0.prefix(1) } == ["a", "b", "b", "a", "a", "b", "b", "a"])
        for pair in 0..<4 { #expect(calls[2 * pair].dropFirst() == calls[2 * pair + 1].dropFirst()) }
        #expect(Set(calls.map { $0.dropFirst() }).count == 4)
        #expect(first.slices.count == 4 && first.total.calls == 4 && second.total.calls == 4)
    }

    @Test("calls are numbered on from pair to pair, so that none is made a second time on one server")
    func counted() async throws {
        let seen = Mutex<[Int]>([])
        let agent = LoadAgent { _, arguments in
            seen.withLock { $0.append(arguments["n"]?.int ?? -1) }
            return (.ok, nil)
        }
        let mix = ToolMix([.init(tool: "t", arguments: try ArgumentTemplate(["n": "{{counter}}"]))])
        var block = LoadConfiguration(.closed(clients: 1, duration: .seconds(1)), maximumCalls: 3)
        block.firstNumber = 10
        _ = await InterleavedRun(block, pairs: 2).run((mix, [agent]), (mix, [LoadAgent { _, _ in (.ok, nil) }]), clock: ManualClock())
        #expect(seen.withLock { $0 } == [10, 11, 12, 13, 14, 15])
    }
}
