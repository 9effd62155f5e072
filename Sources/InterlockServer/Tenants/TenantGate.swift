import InterlockConcurrency
import InterlockProtocol
public import InterlockTransport

/// Decides about tenants from the head of a request, after another gate has said who is calling and before the body is read.
///
/// In this order: what the other gate refuses stays refused; a tenant that is unknown or switched off gets 403; one over
/// its rate limit gets 429 with `Retry-After` and the fields of draft-ietf-httpapi-ratelimit-headers. Every POST is
/// charged one unit of the tenant's limits, or the tool's cost and a call of the tool where the head names it
/// (2026-07-28); notifications and answers are POSTs and cannot be told apart by a head that may lie. A GET opens a
/// stream and is charged one unit; a DELETE gives something back and is never refused for its rate.
public struct TenantGate: RequestGate {
    private let authorization: any RequestGate
    private let states: TenantStates
    private let clock: any SchedulingClock

    /// Makes a gate.
    ///
    /// - Parameter authorization: Verifies credentials and says whose they are, their tenant included.
    public init(after authorization: any RequestGate, states: TenantStates) {
        self.authorization = authorization is OpenGate ? authorization : TimedGate("credential", authorization, clock: states.clock)
        self.states = states
        clock = states.clock
    }

    /// A caller whom the other gate does not ask has no tenant.
    public var admitsEveryone: Bool { authorization.admitsEveryone }

    public func decide(_ head: RequestHead) -> GateDecision {
        judge(authorization.decide(head), head)
    }

    private func judge(_ decision: GateDecision, _ head: RequestHead) -> GateDecision {
        switch decision {
        case .refuse: decision
        case .later(let decide): .later { judge(await decide(), head) }
        case .admit(let principal): timed(head) { judge(principal, head) }
        }
    }

    /// What this gate itself does is a step of its own, beside that of the gate before it.
    private func timed(_ head: RequestHead, _ decide: () -> GateDecision) -> GateDecision {
        guard let steps = head.steps else { return decide() }
        let began = clock.now
        let decision = decide()
        guard case .later(let ask) = decision else {
            steps.note("tenant", from: began, to: clock.now)
            return decision
        }
        return .later {
            let decision = await ask()
            steps.note("tenant", from: began, to: clock.now)
            return decision
        }
    }

    private func judge(_ principal: Principal?, _ head: RequestHead) -> GateDecision {
        if head.method == "DELETE" { return answer(states.check(principal?.tenant), principal, head) }
        switch states.takeRequest(of: principal?.tenant, tool: head.method == "POST" ? TenantCharge.tool(named: head.headers) : nil) {
        case .admitted: return .admit(principal)
        case .refused(let refusal): return answer(refusal, principal, head)
        case .later(let ask): return .later { await answer(asking: ask, principal, head) }
        }
    }

    /// Who leaves while the store is asked is not let in; nobody reads the answer.
    private func answer(
        asking ask: @Sendable () async throws(CancellationError) -> TenantRefusal?, _ principal: Principal?, _ head: RequestHead
    ) async -> GateDecision {
        do throws(CancellationError) {
            return answer(try await ask(), principal, head)
        } catch {
            return answer(TenantRefusal(.storeUnavailable, retryAfter: .seconds(1)), principal, head)
        }
    }

    private func answer(_ refusal: TenantRefusal?, _ principal: Principal?, _ head: RequestHead) -> GateDecision {
        guard let refusal else { return .admit(principal) }
        head.steps?.refuse(refusal.reason.label, by: "tenants")
        let revision = head.headers.first(RoutingHeaders.protocolVersion).flatMap(ProtocolRevision.init(rawValue:)) ?? .latestLegacy
        return .refuse(refusal.response(revision))
    }
}
