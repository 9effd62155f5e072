import InterlockConcurrency
import InterlockJSON
import InterlockServer
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("The gate of tenants")
struct TenantGateTests {
    private let clock = ManualClock()

    private func gate(isLate: Bool = false, _ change: (inout TenantPolicy) -> Void = { _ in }) -> TenantGate {
        var policy = TenantPolicy()
        policy.rateLimits = [RateLimit(1, per: .seconds(60), burst: 3), RateLimit(100, per: .seconds(3_600), burst: 50)]
        change(&policy)
        var off = policy
        off.isEnabled = false
        let configuration = TenantConfiguration(tenants: ["acme": policy, "other": policy, "off": off])
        return TenantGate(after: TenantByHeader(isLate: isLate), states: TenantStates(directory: TenantDirectory(configuration), clock: clock))
    }

    @Test("leaves refusals of the gate before it alone, and refuses tenants that are unknown, off, or none with 403", .timeLimit(.minutes(5)), arguments: [false, true])
    func order(isLate: Bool) async {
        let gate = gate(isLate: isLate)
        #expect(await gate.decide(TenantRequests.post(nil)).status == 401)
        #expect(await gate.decide(TenantRequests.post("stranger")).status == 403)
        #expect(await gate.decide(TenantRequests.post("off")).status == 403)
        #expect(await gate.decide(TenantRequests.post("")).status == 403)
        #expect(await gate.decide(TenantRequests.post("acme")).status == 200)
        #expect(gate.decide(TenantRequests.post("acme")).isLater == isLate)
    }

    @Test("answers a tenant over its limit with 429, when to come back, and the limits; others go on")
    func overLimit() throws {
        let gate = gate()
        for _ in 0..<3 { #expect(gate.decide(TenantRequests.post("acme")).refusal == nil) }
        clock.advance(by: .milliseconds(500))
        let refusal = try #require(gate.decide(TenantRequests.post("acme", ["MCP-Protocol-Version": "2026-07-28"])).refusal)
        #expect(refusal.status == 429)
        #expect(refusal.field("Retry-After") == "60")
        #expect(refusal.field("RateLimit") == "\"tenant\";r=0;t=180")
        #expect(refusal.field("RateLimit-Policy") == "\"tenant\";q=1;w=60, \"tenant-2\";q=100;w=3600")
        let body = try JSONValue(parsing: try #require(refusal.body))
        #expect(body["id"] == nil)
        #expect(body["error"]?["code"]?.int == 429)
        #expect(body["error"]?["data"]?["retryAfterSeconds"]?.int == 60)
        let legacy = try #require(gate.decide(TenantRequests.post("acme")).refusal?.body)
        #expect(try JSONValue(parsing: legacy)["id"] == .null)
        #expect(gate.decide(TenantRequests.post("other")).refusal == nil)
        clock.advance(by: .milliseconds(59_500))
        #expect(gate.decide(TenantRequests.post("acme")).refusal == nil)
    }

    @Test("admits more without its rate check, which is what the limit is for")
    func withoutRates() {
        func admitted(_ gate: TenantGate) -> Int {
            (0..<100).count { _ in gate.decide(TenantRequests.post("acme")).refusal == nil }
        }
        #expect(admitted(gate()) == 3)
        #expect(admitted(gate { $0.rateLimits = [] }) == 100)
    }

    @Test("applies limits and costs of tools from heads that name them, and only from those that must agree with the body")
    func toolsFromHeads() {
        let gate = gate { policy in
            policy.rateLimits = [RateLimit(1, per: .seconds(60), burst: 20)]
            policy.toolRateLimits = ["slow": [RateLimit(1, per: .seconds(60), burst: 2)]]
            policy.toolCosts = ["slow": 5]
        }
        for _ in 0..<2 { #expect(gate.decide(TenantRequests.call("acme", tool: "slow")).refusal == nil) }
        let refusal = gate.decide(TenantRequests.call("acme", tool: "slow")).refusal
        #expect(refusal?.status == 429)
        #expect(refusal?.field("RateLimit-Policy") == "\"tool\";q=1;w=60")
        let old = ["MCP-Protocol-Version": "2025-11-25", "Mcp-Method": "tools/call", "Mcp-Name": "slow"]
        for _ in 0..<10 { #expect(gate.decide(TenantRequests.post("acme", old)).refusal == nil) }
        #expect(gate.decide(TenantRequests.post("acme")).refusal?.status == 429)
    }

    @Test("says of each head what it charged, so that the runtime charges the rest")
    func charges() {
        func charge(_ head: RequestHead?) -> TenantCharge {
            TenantCharge(RequestContext(connection: Connection(kind: .http1), headers: head?.headers))
        }
        #expect(charge(nil) == .nothing)
        #expect(charge(TenantRequests.post("acme")) == .request)
        #expect(charge(TenantRequests.call("acme", tool: "x")) == .whole)
        #expect(charge(TenantRequests.call("acme", tool: "=?base64?%%?=")) == .request)
    }

    @Test("charges a GET, and never refuses a DELETE for its rate, but for its tenant")
    func methods() async {
        let gate = gate()
        for _ in 0..<3 { #expect(gate.decide(TenantRequests.post("acme", method: "GET")).refusal == nil) }
        #expect(gate.decide(TenantRequests.post("acme", method: "GET")).refusal?.status == 429)
        for _ in 0..<10 { #expect(gate.decide(TenantRequests.post("acme", method: "DELETE")).refusal == nil) }
        #expect(gate.decide(TenantRequests.post("off", method: "DELETE")).refusal?.status == 403)
    }

    @Test("asks callers for a credential only where the gate before it does: alone it makes no address safe to listen on")
    func openness() {
        let states = TenantStates(directory: TenantDirectory(TenantConfiguration(tenants: [:])), clock: clock)
        #expect(TenantGate(after: OpenGate(), states: states).admitsEveryone)
        #expect(!TenantGate(after: TenantByHeader(), states: states).admitsEveryone)
    }

    @Test("waits for a shared store only when it does not know the answer", .timeLimit(.minutes(5)))
    func store() async {
        let store = ScriptedRateStore(clock: clock)
        var policy = TenantPolicy()
        policy.rateLimits = [RateLimit(1, per: .seconds(60), burst: 1)]
        let directory = TenantDirectory(TenantConfiguration(tenants: ["acme": policy]))
        let gate = TenantGate(after: TenantByHeader(), states: TenantStates(directory: directory, store: store, clock: clock))
        let first = gate.decide(TenantRequests.post("acme"))
        #expect(first.isLater)
        #expect(await first.status == 200)
        #expect(await gate.decide(TenantRequests.post("acme")).status == 429)
        let known = gate.decide(TenantRequests.post("acme"))
        #expect(!known.isLater)
        #expect(known.refusal?.field("Retry-After") == "60")
        #expect(store.questions == 2)
    }
}
