import InterlockClient
import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("Tools that were named and only fail", .timeLimit(.minutes(5)))
struct RefusedToolTests {
    enum Ending: Sendable { case done, failed, refused, overloaded, busy }

    /// What is found of a tool whose calls end so, one after the other, and how many were made.
    private static func tried(_ endings: [Ending]) async throws -> (refused: RefusedTool?, calls: Int) {
        let calls = Mutex(0)
        let transport = ScriptedTransport { method in
            guard method == Method.toolsCall else {
                return .result(#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#)
            }
            let number = calls.withLock { calls in
                defer { calls += 1 }
                return calls
            }
            switch endings[number] {
            case .done: return .result(#"{"resultType":"complete","content":[]}"#)
            case .failed: return .result(#"{"resultType":"complete","isError":true,"content":[{"type":"text","text":"no such record \#(number)"}]}"#)
            case .refused: return .error(-32602)
            case .busy: return .error(429)
            case .overloaded: throw TransportError(.refused, "the server is overloaded (HTTP 429)")
            }
        }
        let client = Client(transport, info: Implementation(name: "test", version: "1"), configuration: ClientConfiguration(era: .modern()))
        _ = try await client.connect()
        let refused = try await RefusedTool.first(of: [.listTools, .failingCall, .call(tool: "work", arguments: .emptyObject)], client)
        await client.close()
        return (refused, calls.withLock(\.self))
    }

    @Test("One call tells a tool that works; three that end in errors, one that does not, in the server's words", arguments: [
        ([.done], nil, 1), ([.failed, .failed, .failed], "no such record 2", 3), ([.refused, .refused, .refused], "no", 3),
        ([.failed, .refused, .done], nil, 3), ([.busy], nil, 1), ([.overloaded], nil, 1), ([.failed, .busy], nil, 2),
    ] as [([Ending], String?, Int)])
    func tries(endings: [Ending], reason: String?, calls: Int) async throws {
        let seen = try await Self.tried(endings)
        #expect(seen.refused?.reason == reason && seen.calls == calls)
        if let refused = seen.refused { #expect(refused.description.contains("--tool 'work={…}'") && refused.description.contains(reason ?? "")) }
    }
}

extension FaultyServerTests {
    @Test("Named, a tool that only fails ends doctor, leak and report before they examine its refusals; one that works does not", arguments: [true, false])
    func refusedTool(fails: Bool) async throws {
        let work = [ProbeOperation.call(tool: "work", arguments: .emptyObject)]
        /// The tool that ended a diagnosis.
        func ending(_ body: @escaping @Sendable (DiagnosedServer) async throws -> Void) async throws -> RefusedTool? {
            try await FaultyServer(fails ? .alwaysFails : .none, links: 8).serving { server in
                do { try await body(server) } catch let error as RefusedTool { return error }
                return nil
            }
        }
        let refused = fails ? RefusedTool(tool: "work", reason: "there is no such record") : nil
        #expect(try await ending { _ = try await DoctorRun($0, limits: .init(duration: .seconds(1)), subjects: [.lists]).run(work) } == refused)
        #expect(try await ending { _ = try await LeakRun($0, limits: .init(duration: .seconds(5), idle: .zero, cycles: 20)).run(work) } == refused)
        #expect(try await ending { server in
            _ = try await FiveStepsRun(server, limits: .init(duration: .milliseconds(200), steps: [.profile])).run(target: "s", operations: work)
        } == refused)
    }
}
