import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockTesting
import InterlockTransport
import Testing

@Suite("What a server reports of itself", .timeLimit(.minutes(5)))
struct ServerReportTests {
    private static func policies(_ tool: String, _ report: ServerReport) -> [PolicyReport] { report.tools.first { $0.name == tool }?.policies ?? [] }

    @Test("calls that run and calls that wait are counted, over all and by tool, and the permits say the same")
    func underWay() async throws {
        let fixture = try AdminFixture()
        let client = try WireClient(fixture.server)
        for id in 1...3 { client.send(AdminFixture.call("hold", id: id)) }
        try await fixture.gate.waitForWaiters(1)
        while fixture.server.report.tools[1].policies.limiter?.waiting != 2 { await Task.yield() }
        let report = fixture.server.report
        #expect(report.calls.running == 1 && report.calls.waiting == 2 && report.calls.inFlight == 3)
        let hold = report.tools[1]
        #expect(hold.name == "hold" && hold.calls == report.calls && hold.figures == nil)
        #expect(hold.policies.map(\.name) == ["concurrency", "queue", "timeout"])
        #expect(hold.policies.limiter?.active == 1 && hold.policies.limiter?.limit == 1)
        #expect(hold.policies.contains(.queue(.init(depth: 7, deadline: .seconds(20)))) && hold.policies.contains(.timeout(.seconds(60))))
        #expect(report.admission.active == 1 && report.admissionQueueDepth == 10)
        fixture.clock.advance(by: .milliseconds(40))
        fixture.gate.open()
        for id in 1...3 { _ = try await client.response(.number(JSONNumber(id))) }
        let after = fixture.server.report
        #expect(after.calls.inFlight == 0 && after.tools[1].calls.inFlight == 0)
        #expect(after.tools[1].figures?.count == 3 && after.tools[1].figures?.outcomes == [.ok: 3])
        #expect(after.slowest.first?.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" && after.slowest.first?.duration == .milliseconds(40))
    }

    @Test("a breaker's state is in the report, and without the policy nothing opens", arguments: [true, false])
    func breaker(isGuarded: Bool) async throws {
        let fixture = try AdminFixture { _ in
            Tool("bare", inputSchema: AdminFixture.anything) { (_: RawJSON, _) -> String in throw AdminFixture.Broken() }
        }
        let client = try WireClient(fixture.server)
        let tool = isGuarded ? "flaky" : "bare"
        for id in 1...6 { _ = try await client.request(AdminFixture.call(tool, id: id)) }
        let report = try #require(fixture.server.report.tools.first { $0.name == tool })
        #expect(report.breaker?.state == (isGuarded ? .open : nil))
        #expect(report.breaker?.refused == (isGuarded ? 2 : nil))
        #expect(report.figures?.outcomes == (isGuarded ? [.toolError: 4, .busy: 2] : [.toolError: 6]))
    }

    @Test("every policy is reported by the name it is declared by, with its settings")
    func policies() throws {
        let fixture = try AdminFixture { _ in
            Tool("all", inputSchema: AdminFixture.anything) { (_: RawJSON, _) in "" }
                .rate(RateLimit(5, per: .seconds(1)), per: .everyone).cache(entries: 9, ttl: .seconds(60)).breaker().exclusive { _ in ["key"] }.concurrency(2).onWorkers().timeout(.seconds(3))
                .retry(RetryPolicy(attempts: 4, backoff: Backoff(first: .milliseconds(10), longest: .seconds(2)))).sheddable(priority: .second)
                .idempotent(keeping: .seconds(60), holding: .seconds(5)) { _ in "key" }
            Tool("flight", inputSchema: AdminFixture.anything) { (_: RawJSON, _) in "" }.coalesce().neverInline()
            Tool("replicas", annotations: ToolAnnotations(readOnlyHint: true)) { (_: HandlerContext) in "" }.hedge(after: .milliseconds(80)).adaptiveConcurrency()
        }
        let report = fixture.server.report
        #expect(Self.policies("all", report).map(\.name) == [
            "idempotent", "sheddable", "rate", "cache", "breaker", "exclusive", "concurrency", "queue", "onWorkers", "timeout", "retry",
        ])
        #expect(Self.policies("all", report).contains(.retry(RetryPolicyReport(
            attempts: 4, first: .milliseconds(10), longest: .seconds(2), snapshot: RetrySnapshot()))))
        #expect(Self.policies("flight", report).map(\.name) == ["coalesce", "neverInline"])
        #expect(Self.policies("replicas", report).map(\.name) == ["adaptiveConcurrency", "queue", "hedge"])
        #expect(Self.policies("replicas", report).last == .hedge(after: .milliseconds(80), attempts: 2, HedgeSnapshot()))
        #expect(Self.policies("count", report).isEmpty)
        // Looking must not start the threads that nobody has needed.
        #expect(report.workers == nil)
    }

    @Test("sessions are told apart by age and revision, and a duplex connection is one")
    func sessions() async throws {
        let fixture = try AdminFixture()
        var clients: [WireClient] = []
        for (index, revision) in ["2025-11-25", "2025-11-25", "2024-11-05"].enumerated() {
            let client = try WireClient(fixture.server)
            _ = try await client.request(
                #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"\#(revision)","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#)
            clients.append(client)
            if index < 2 { fixture.clock.advance(by: .seconds(400)) }
        }
        let sessions = fixture.server.report.sessions
        #expect(sessions.count == 3 && sessions.revisions == ["2025-11-25": 2, "2024-11-05": 1])
        #expect(sessions.ages.map(\.count) == [1, 1, 1, 0, 0])
        #expect(sessions.ages.first?.below == .seconds(60) && sessions.ages.last?.below == nil)
        withExtendedLifetime(clients) {}
    }

    @Test("the report as JSON is one valid object with every section, and holds no argument")
    func json() async throws {
        let fixture = try AdminFixture()
        let client = try WireClient(fixture.server)
        _ = try await client.request(AdminFixture.call("count", id: 1).replacing(#""arguments":{}"#, with: #""arguments":{"secret":"hunter2"}"#))
        let bytes = fixture.server.report.json
        let json = try RawJSON(bytes).value()
        for section in ServerReport.Section.allCases { #expect(json[section.rawValue] != nil, "\(section)") }
        #expect(json["server"]?["name"]?.string == "bank <b>" && json["tools"]?[0]?["count"]?.int == 1)
        #expect(json["tools"]?[1]?["policies"]?[0]?["settings"]?["limit"]?.int == 1)
        #expect(json["operations"]?[0]?["outcomes"]?["ok"]?.int == 1)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter2"))
    }

    @Test("a server that nobody observes reports what it holds, and no figures of calls")
    func unobserved() async throws {
        let server = try Server(name: "s", version: "1") { Tool("count", inputSchema: AdminFixture.anything) { (_: RawJSON, _) in "1" } }
        _ = try await WireClient(server).request(AdminFixture.call("count", id: 1))
        let report = server.report
        #expect(report.operations.isEmpty && report.slowest.isEmpty && report.tools.map(\.name) == ["count"])
    }
}

extension [PolicyReport] {
    fileprivate var limiter: LimiterSnapshot? {
        for case .concurrency(let limiter, _) in self { return limiter }
        return nil
    }
}
