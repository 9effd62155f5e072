import InterlockConcurrency
import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTransport
import Synchronization

/// Header fields of tests of the gate.
struct TenantHeaders: HeaderFields {
    var fields: [String: String]

    func first(_ name: String) -> String? { fields.first { $0.key.lowercased() == name.lowercased() }?.value }
    var all: [(name: String, value: String)] { fields.map { ($0.key, $0.value) } }
}

/// Says that everybody is of the tenant in the field `x-tenant`, or refuses who sends none.
struct TenantByHeader: RequestGate {
    var isLate = false

    func decide(_ head: RequestHead) -> GateDecision {
        guard let tenant = head.headers.first("x-tenant") else { return .refuse(OutboundResponse(body: nil, status: 401)) }
        let principal = Principal(subject: "somebody", tenant: tenant.isEmpty ? nil : tenant)
        return isLate ? .later { .admit(principal) } : .admit(principal)
    }
}

enum TenantRequests {
    static func post(_ tenant: String?, _ fields: [String: String] = [:], method: String = "POST") -> RequestHead {
        var fields = fields
        fields["x-tenant"] = tenant
        return RequestHead(method: method, target: "/mcp", headers: TenantHeaders(fields: fields), connection: Connection(kind: .http1))
    }

    static func call(_ tenant: String, tool: String) -> RequestHead {
        post(tenant, ["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool])
    }
}

extension GateDecision {
    /// The status of a refusal, 200 for an admission.
    var status: Int {
        get async {
            switch self {
            case .admit: 200
            case .refuse(let response): response.status
            case .later(let decide): await decide().status
            }
        }
    }

    var isLater: Bool { if case .later = self { true } else { false } }

    var refusal: OutboundResponse? { if case .refuse(let response) = self { response } else { nil } }
}

extension OutboundResponse {
    func field(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

extension TenantAdmission {
    var reason: TenantRefusal.Reason? { if case .refused(let refusal) = self { refusal.reason } else { nil } }
}

/// A store that answers with a limiter of its own until it is told to fail.
final class ScriptedRateStore: RateLimitStore {
    private let state = Mutex((isDown: false, questions: 0, keys: [String: RateLimiter<Int>]()))
    private let clock: any SchedulingClock

    init(clock: any SchedulingClock) { self.clock = clock }

    var questions: Int { state.withLock { $0.questions } }
    var keys: [String] { state.withLock { $0.keys.keys.sorted() } }
    func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

    func take(_ cost: Int, from key: String, limits: [RateLimit]) async throws(StoreError) -> RateDecision {
        let limiter: RateLimiter<Int>? = state.withLock { state in
            state.questions += 1
            if state.isDown { return nil }
            if let known = state.keys[key] { return known }
            let made = RateLimiter<Int>(limits, clock: clock)
            state.keys[key] = made
            return made
        }
        guard let limiter else { throw StoreError(.unavailable, "the store is switched off by the test") }
        return limiter.take(for: 0, cost: cost)
    }
}
