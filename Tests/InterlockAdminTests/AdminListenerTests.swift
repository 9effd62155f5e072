@testable import InterlockAdmin
import InterlockConcurrency
import InterlockHTTPServer
import InterlockJSON
import InterlockProfiler
import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("The admin listener", .timeLimit(.minutes(5)))
struct AdminListenerTests {
    private static let secret = "0123456789abcdef-secret"

    private static func guarded() throws -> AdminConfiguration { AdminConfiguration(port: 0, token: try AdminToken(secret)) }

    @Test("an address that other machines reach needs a token", arguments: ["0.0.0.0", "::", "10.0.0.7", "example.com", "127.0.0.1.evil.example", "127.1"])
    func openAddress(host: String) throws {
        let sources = try AdminFixture().sources
        let error = #expect(throws: AdminError.self) { _ = try AdminListener(AdminConfiguration(host: host, port: 0), sources: sources) }
        #expect(error?.code == .tokenRequired)
        // The control: with a token, or on loopback, there is nothing to refuse.
        _ = try AdminListener(AdminConfiguration(host: host, port: 0, token: AdminToken(Self.secret)), sources: sources)
        for loopback in ["127.0.0.1", "127.9.8.7", "localhost", "::1"] { _ = try AdminListener(AdminConfiguration(host: loopback, port: 0), sources: sources) }
    }

    @Test("a token that could be guessed is refused, and none is ever shown")
    func tokens() throws {
        #expect(throws: AdminError.self) { try AdminToken("short") }
        #expect(throws: AdminError.self) { try AdminToken("               \n      ") }
        let token = try AdminToken("  \(Self.secret)\n")
        #expect("\(token)" == "AdminToken")
        for (header, isRight) in [
            ("Bearer \(Self.secret)", true), ("bearer   \(Self.secret)", true), ("Bearer \(Self.secret)x", false), ("Bearer ", false), ("", false),
            ("Basic \(Self.secret)", false), (Self.secret, false), ("Bearer \(Self.secret.dropLast())", false),
        ] {
            #expect(token.isPresented(by: header) == isRight, "\(header)")
        }
        #expect(!token.isPresented(by: nil))
    }

    @Test("with a token everything but liveness and readiness asks for it; the page comes without figures")
    func authorization() async throws {
        let fixture = try AdminFixture()
        try await fixture.withListener(Self.guarded()) { (port, _) async throws in
            for path in ["/metrics", "/health", "/admin/report", "/admin/events"] {
                let reply = try await AdminReply.get(path, port: port)
                #expect(reply.status == 401 && reply["www-authenticate"] == "Bearer realm=\"interlock admin\"", "\(path)")
                #expect(try await AdminReply.get(path, port: port, fields: ["Authorization: Bearer wrong-wrong-wrong-wrong"]).status == 401)
                guard path != "/admin/events" else { continue }
                #expect(try await AdminReply.get(path, port: port, fields: ["Authorization: Bearer \(Self.secret)"]).status == 200, "\(path)")
            }
            for path in ["/admin/profile", "/admin/reload"] { #expect(try await AdminReply.get(path, method: "POST", port: port).status == 401) }
            for path in ["/health/live", "/health/ready"] { #expect(try await AdminReply.get(path, port: port, host: "10.1.2.3").status == 200) }
            let page = try await AdminReply.get("/admin", port: port)
            #expect(page.status == 200 && page.body.contains("data-needs-token=\"true\"") && !page.body.contains("bank"))
        }
    }

    @Test("an unknown Host and pages of other sites are refused, tools and addresses that name it are not")
    func origins() async throws {
        try await AdminFixture().withListener { (port, _) async throws in
            for path in ["/metrics", "/admin", "/admin/report", "/health"] {
                #expect(try await AdminReply.get(path, port: port, host: "evil.example").status == 403, "\(path)")
            }
            for (field, isLetIn) in [
                ("Origin: https://evil.example", false), ("Origin: null", false), ("Sec-Fetch-Site: cross-site", false), ("Sec-Fetch-Site: same-site", false),
                ("Sec-Fetch-Site: same-origin", true), ("Sec-Fetch-Site: none", true), ("Origin: http://localhost", true),
            ] {
                #expect(try await AdminReply.get("/admin/report", port: port, fields: [field]).status == (isLetIn ? 200 : 403), "\(field)")
                #expect(try await AdminReply.get("/admin/reload", method: "POST", port: port, fields: [field]).status == (isLetIn ? 501 : 403), "\(field)")
            }
        }
    }

    @Test("it serves no MCP")
    func noMCP() async throws {
        try await AdminFixture().withListener { (port, _) async throws in
            let fields = ["Content-Type: application/json", "Accept: application/json, text/event-stream"]
            let reply = try await AdminReply.get("/mcp", method: "POST", port: port, fields: fields, body: AdminFixture.call("count", id: 1))
            #expect(reply.status == 404 && reply.body.contains("MCP is not served"))
            #expect(try await AdminReply.get("/mcp", port: port, fields: ["Accept: text/event-stream"]).status == 404)
            for path in ["/sse", "/messages", "/", "/admin/"] { #expect(try await AdminReply.get(path, port: port).status == 404, "\(path)") }
        }
    }

    @Test("the page lets only its own style and script work, names no other place, and is different each time")
    func page() async throws {
        try await AdminFixture().withListener { (port, _) async throws in
            let pages = [try await AdminReply.get("/admin", port: port), try await AdminReply.get("/admin", port: port)]
            var nonces: Set<String> = []
            for page in pages {
                let policy = try #require(page["content-security-policy"])
                let nonce = try #require(policy.firstMatch(of: /script-src 'nonce-([0-9a-f]{32})'/)).1
                nonces.insert(String(nonce))
                #expect(policy.hasPrefix("default-src 'none'; style-src 'nonce-\(nonce)';") && policy.contains("connect-src 'self'") && !policy.contains("unsafe"))
                #expect(page["set-cookie"] == nil && page["cache-control"] == "no-store" && page["x-content-type-options"] == "nosniff")
                #expect(page.body.matches(of: /<(script|style)/).count == 2 && page.body.matches(of: /nonce="/).count == 2)
                #expect(!page.body.contains(/\ style="|\ on[a-z]+="|src=|<link/))
                #expect(page.body.matches(of: /https?:\/\/[a-z0-9.]+/).allSatisfy { $0.0 == "http://www.w3.org" }, "the page names another place")
                // Names are text, whoever chose them.
                #expect(page.body.contains("bank &lt;b&gt; 1.2") && !page.body.contains("bank <b>"))
            }
            #expect(nonces.count == 2)
        }
    }

    @Test("the scrape tells how old the sessions are, by the server's clock, at the moment it is asked")
    func sessionAges() async throws {
        let fixture = try AdminFixture()
        try await fixture.withListener { (port, _) async throws in
            func ages() async throws -> [String] {
                let body = try await AdminReply.get("/metrics", port: port).body
                return body.matches(of: /interlock_sessions_by_age\{below="([^"]+)"\} ([0-9]+)/).filter { $0.2 != "0" }.map { "\($0.1): \($0.2)" }.sorted()
            }
            #expect(try await ages() == [])
            var clients: [WireClient] = []
            for age in [3_600, 3_000, 599, 0] {
                let client = try WireClient(fixture.server)
                _ = try await client.request(
                    #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#)
                clients.append(client)
                fixture.clock.advance(by: .seconds(age))
            }
            #expect(try await ages() == ["10m: 1", "1h: 1", "1m: 1", "4h: 1"])
            fixture.clock.advance(by: .seconds(60))
            #expect(try await ages() == ["10m: 1", "1h: 1", "4h: 2"])
            withExtendedLifetime(clients) {}
        }
    }

    @Test("the scrape tells what the server holds and what its tools' policies do")
    func metrics() async throws {
        let fixture = try AdminFixture()
        try await fixture.withListener { (port, _) async throws in
            let client = try WireClient(fixture.server)
            for id in 1...6 { _ = try await client.request(AdminFixture.call("flaky", id: id)) }
            client.send(AdminFixture.call("hold", id: 7))
            try await fixture.gate.waitForWaiters(1)
            let reply = try await AdminReply.get("/metrics", port: port)
            #expect(reply["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            for line in [
                "interlock_sessions_limit 10000", "interlock_calls_in_flight 1", "interlock_calls_waiting 0", "interlock_limiter_active{tool=\"hold\"} 1",
                "interlock_breaker_state{state=\"open\",tool=\"flaky\"} 1", "interlock_breaker_state{state=\"closed\",tool=\"flaky\"} 0",
                "interlock_calls_total{operation=\"tools/call\",outcome=\"busy\",tool=\"flaky\"} 2", "interlock_draining 0",
                "interlock_policy_events_total{event=\"refused\",policy=\"breaker\",tool=\"flaky\"} 2",
                "interlock_policy_events_total{event=\"granted\",policy=\"concurrency\",tool=\"hold\"} 1", "interlock_locks_waiting 0",
            ] {
                #expect(reply.body.contains("\n\(line)\n"), "\(line)")
            }
            fixture.server.removeTool(named: "flaky")
            fixture.clock.advance(by: .seconds(2))
            #expect(try await !AdminReply.get("/metrics", port: port).body.contains("interlock_breaker_state"))
            fixture.gate.open()
            _ = try await client.response(7)
        }
    }

    @Test("health tells apart what is alive, what is ready and what is well")
    func health() async throws {
        let fixture = try AdminFixture()
        try await fixture.withListener { (port, _) async throws in
            #expect(try await AdminReply.get("/health", port: port).body == #"{"status":"healthy","sentence":"All is well.","reasons":[]}"#)
            let client = try WireClient(fixture.server)
            for id in 1...4 { _ = try await client.request(AdminFixture.call("flaky", id: id)) }
            let degraded = try await AdminReply.get("/health", port: port)
            #expect(degraded.status == 200 && degraded.body.contains(#"{"code":"breaker_open","message":"the breaker of 'flaky' is open"}"#))
            fixture.server.beginGracefulShutdown()
            let draining = try await AdminReply.get("/health", port: port)
            #expect(draining.status == 503 && draining.body.contains(#""status":"draining""#))
            #expect(try await AdminReply.get("/health/ready", port: port).status == 503)
            #expect(try await AdminReply.get("/health/live", port: port).status == 200)
        }
    }

    /// A store that does as the test says.
    private final class StandInStore: ObservedStore {
        let outage = Mutex<StoreOutage?>(nil)
        var observedName: String { "redis" }
        var condition: StoreCondition { StoreCondition(outage: outage.withLock { $0 }) }
    }

    @Test("health and metrics name the store that is degraded, since when and why, for each reason there is, and nothing where all is well")
    func degradedStores() async throws {
        var fixture = try AdminFixture()
        let store = StandInStore()
        fixture.sources.stores = [store]
        try await fixture.withListener { (port, _) async throws in
            func series(_ metrics: String) -> [String] {
                metrics.split(separator: "\n").filter { $0.hasPrefix("interlock_store_degraded{") && $0.hasSuffix(" 1") }.map(String.init)
            }
            #expect(series(try await AdminReply.get("/metrics", port: port).body).isEmpty)
            for reason in StoreOutage.Reason.allCases {
                store.outage.withLock { $0 = StoreOutage(reason, since: 1_790_000_000_123) }
                let health = try JSONValue(parsing: try await AdminReply.get("/health", port: port).body)
                #expect(health["status"]?.string == "degraded" && health["reasons"]?.array?.count == 1)
                let told = try #require(health["reasons"]?[0])
                #expect(told["code"]?.string == "store_degraded" && told["store"]?.string == "redis")
                #expect(told["reason"]?.string == reason.rawValue && told["since"]?.int == 1_790_000_000_123)
                let metrics = try await AdminReply.get("/metrics", port: port).body
                #expect(series(metrics) == [#"interlock_store_degraded{reason="\#(reason.rawValue)",store="redis"} 1"#])
            }
            store.outage.withLock { $0 = nil }
            #expect(try await AdminReply.get("/health", port: port).body == #"{"status":"healthy","sentence":"All is well.","reasons":[]}"#)
        }
    }

    @Test("a dashboard gets everything at first, then only what has changed; more than may be open are refused, and a shutdown ends them")
    func events() async throws {
        let fixture = try AdminFixture()
        var configuration = AdminConfiguration()
        configuration.maximumEventStreams = 1
        try await fixture.withListener(configuration) { port, listener in
            let dashboard = try await AdminClient(port: port)
            try await dashboard.send("GET /admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let first = try await dashboard.read { $0.hasSuffix("\n\n\r\n") }
            #expect(first.lowercased().contains("content-type: text/event-stream") && first.contains("event: state\ndata: {\"columns\":[\"time\","))
            for section in ["server", "tools", "health", "rates", "slowest"] { #expect(first.contains("\"\(section)\":"), "\(section)") }
            let second = try await AdminReply.get("/admin/events", port: port)
            #expect(second.status == 503 && second["retry-after"] == "5")
            let client = try WireClient(fixture.server)
            _ = try await client.request(AdminFixture.call("count", id: 1))
            fixture.clock.advance(by: .seconds(1))
            let change = try await dashboard.read { $0.hasSuffix("\n\n\r\n") }
            #expect(change.contains("event: change\n") && change.contains(#""name":"count","running":0,"waiting":0,"count":1"#))
            #expect(!change.contains("\"server\":") && !change.contains("\"locks\":") && !change.contains("columns"))
            listener.beginGracefulShutdown()
            #expect(try await dashboard.read().hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("actions: nothing wired is 501, a profile is for whoever presents a token only, and failures are told to whom they concern")
    func actions() async throws {
        struct Wrong: Error, CustomStringConvertible { var description: String { "tools.search: unknown policy" } }
        var fixture = try AdminFixture()
        try await fixture.withListener { (port, _) async throws in
            #expect(try await AdminReply.get("/admin/profile?seconds=1", method: "POST", port: port).status == 403)
            #expect(try await AdminReply.get("/admin/profile", port: port).status == 405)
        }
        let bearer = ["Authorization: Bearer \(Self.secret)"]
        try await fixture.withListener(Self.guarded()) { (port, _) async throws in
            for path in ["/admin/profile?seconds=1", "/admin/reload"] {
                #expect(try await AdminReply.get(path, method: "POST", port: port, fields: bearer).status == 501)
            }
        }
        fixture.sources.profile = { SampledProfile(duration: $0, rate: $1, stacks: [.init(frames: [StackFrame(symbol: "main")], count: 3)]) }
        fixture.sources.reload = { throw Wrong() }
        try await fixture.withListener(Self.guarded()) { (port, _) async throws in
            let profile = try await AdminReply.get("/admin/profile?seconds=3", method: "POST", port: port, fields: bearer)
            #expect(profile.status == 200 && profile.body == "main 3\n" && profile["content-disposition"] == "attachment; filename=\"profile.folded\"")
            for seconds in ["0", "61", "-1", "x", ""] {
                #expect(try await AdminReply.get("/admin/profile?seconds=\(seconds)", method: "POST", port: port, fields: bearer).status == 400, "\(seconds)")
            }
            let reload = try await AdminReply.get("/admin/reload", method: "POST", port: port, fields: bearer)
            #expect(reload.status == 422 && reload.body.contains("tools.search: unknown policy"))
        }
    }
}
