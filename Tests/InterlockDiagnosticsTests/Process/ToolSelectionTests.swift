import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("Which tools are called", .timeLimit(.minutes(5)))
struct ToolSelectionTests {
    /// A tool that says it only reads, or does not.
    private static func tool(_ name: String, reads: Bool = true, schema: String = #"{"type":"object"}"#) -> String {
        #"{"name":"\#(name)","inputSchema":\#(schema),"annotations":{"readOnlyHint":\#(reads)}}"#
    }

    private static let unmade = #"{"type":"object","properties":{"a":{"type":"string","pattern":"^[0-9]{4}$"}},"required":["a"]}"#

    /// What is chosen of tools that answer as `answers` says, in their order; those that are not named succeed.
    private static func choice(
        _ tools: [String], most: Int = 4, until deadline: MonotonicTime? = nil, clock: any SchedulingClock = SystemClock.shared,
        _ answers: @escaping @Sendable (_ call: Int) -> ScriptedTransport.Answer
    ) async throws -> ToolSelection {
        let calls = Counter()
        let transport = ScriptedTransport { method in
            switch method {
            case Method.discover: .result(#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#)
            case Method.toolsList: .result(#"{"resultType":"complete","tools":[\#(tools.joined(separator: ","))],"ttlMs":0,"cacheScope":"private"}"#)
            case Method.toolsCall: answers(calls.next())
            default: .error(-32601)
            }
        }
        let client = Client(transport, info: Implementation(name: "test", version: "1"), configuration: ClientConfiguration(era: .modern()))
        _ = try await client.connect()
        let listed = try await client.listTools()
        #expect(listed.count == tools.count)
        let choice = await ToolSelection(client, from: listed, most: most, until: deadline, clock: clock)
        await client.close()
        return choice
    }

    private static let done = ScriptedTransport.Answer.result(#"{"resultType":"complete","content":[{"type":"text","text":"done"}]}"#)
    private static let failed = ScriptedTransport.Answer.result(#"{"resultType":"complete","isError":true,"content":[{"type":"text","text":"no such user"}]}"#)

    @Test("Tools that only fail, that may write, and that nothing could be made for are left out by name; the others are called")
    func reasons() async throws {
        let tools = [Self.tool("a"), Self.tool("fails"), Self.tool("writes", reads: false), Self.tool("unmade", schema: Self.unmade), Self.tool("b")]
        let choice = try await Self.choice(tools) { $0 == 1 ? Self.failed : Self.done }
        #expect(choice.work.map(\.description) == ["a", "b"])
        #expect(choice.notes.map { $0.prefix { $0 != "," } } == ["fails: left out", "writes: left out", "unmade: left out"])
        // The control: where it does not fail, it is called.
        let sound = try await Self.choice(tools) { _ in Self.done }
        #expect(sound.work.map(\.description) == ["a", "fails", "b"] && sound.notes.count == 2)
    }

    @Test("After the time there is for it no tool is tried, one is at the least, and the others are left out by name")
    func late() async throws {
        let clock = ManualClock()
        let tools = (1...4).map { Self.tool("t\($0)") }
        let choice = try await Self.choice(tools, until: clock.now + .seconds(2), clock: clock) { _ in
            clock.advance(by: .seconds(1))
            return Self.done
        }
        #expect(choice.work.map(\.description) == ["t1", "t2"])
        #expect(choice.notes == ["t3, t4: left out, because it took too long to try those before; name them with --tool"])
        let one = try await Self.choice(tools, until: clock.now, clock: clock) { _ in Self.done }
        #expect(one.work.count == 1)
    }

    @Test("Beyond as many as are wanted, the rest is left out by name")
    func most() async throws {
        let choice = try await Self.choice((1...6).map { Self.tool("t\($0)") }, most: 4) { _ in Self.done }
        #expect(choice.work.map(\.description) == ["t1", "t2", "t3", "t4"])
        #expect(choice.notes == ["t5, t6: left out, because 4 others stand for them; name them with --tool"])
        let all = try await Self.choice((1...6).map { Self.tool("t\($0)") }, most: .max) { _ in Self.done }
        #expect(all.work.count == 6 && all.notes.isEmpty)
    }

    @Test("A refusal leaves a tool out; at most four times as many are tried as are wanted, and twelve are named")
    func bounded() async throws {
        let choice = try await Self.choice((1...30).map { Self.tool("t\($0)") }, most: 1) { _ in .error(-32602) }
        #expect(choice.work.isEmpty && choice.notes.count == 2)
        #expect(choice.notes.first?.hasPrefix("t1, t2, t3, t4: left out") == true)
        #expect(choice.notes.last?.hasPrefix("t5, t6") == true && choice.notes.last?.contains("t16 and 14 more: left out") == true)
    }
}

extension FaultyServerTests {
    @Test("doctor calls none that only fails and says which, and leak neither", arguments: [true, false])
    func diagnoses(fails: Bool) async throws {
        let seen = try await FaultyServer(fails ? .alwaysFails : .none, links: 8).serving { server in
            try await DoctorRun(server, limits: .init(duration: .seconds(1)), subjects: [.lists, .calls]).run().observations
        }
        #expect(seen.concurrency.map(\.operation) == (fails ? [] : ["work"]))
        #expect(seen.omitted.contains { $0.reason.hasPrefix("work: left out, because calls fail") } == fails)
        let report = try await FaultyServer(fails ? .alwaysFails : .none, links: 8).serving { server in
            var server = server
            server.isShared = false // no connections of their own
            return try await LeakRun(server, limits: .init(duration: .seconds(240), idle: .zero, cycles: 40)).run()
        }
        #expect(report.parts.contains { $0.operation?.description == "work" } != fails)
        #expect(report.limits.contains { $0.hasPrefix("work: left out, because calls fail") } == fails)
    }
}

/// Counts from zero.
private final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { value in
            defer { value += 1 }
            return value
        }
    }
}
