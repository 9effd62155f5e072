import InterlockConcurrency
import InterlockProtocol
import InterlockTransport

// What a caller's tenant sees and may use, wherever a request meets it.
extension Server {
    /// The features a caller sees; what it does not see does not exist for it.
    func features(for principal: Principal?) -> FeatureSnapshot { view(of: features, for: principal) }

    func view(of snapshot: FeatureSnapshot, for principal: Principal?) -> FeatureSnapshot {
        guard let tenants else { return snapshot }
        return views.view(of: snapshot, through: tenants.filter(of: principal?.tenant) ?? .nothing)
    }

    /// Whether a caller may know of a resource.
    func showsResource(_ uri: String, to principal: Principal?) -> Bool {
        guard let tenants else { return true }
        return (tenants.filter(of: principal?.tenant) ?? .nothing).showsResource(uri: uri)
    }

    /// Tells the clients whose tenant sees other features now.
    func tellTenants(_ change: TenantChange) {
        for kind in FeatureKind.allCases { tellListChanged(kind) { change.changesFeatures(of: $0?.tenant) } }
    }

    /// Charges the bytes of a call to the server and to its tenant; false, with nothing charged, if either has no room.
    func charge(_ call: ActiveCall) -> Bool {
        guard admission.charge(call.request.byteCount) else { return false }
        guard let tenants, !tenants.charge(call.request.byteCount, to: call.tenant) else { return true }
        admission.refund(call.request.byteCount)
        return false
    }

    func refund(_ call: ActiveCall) {
        admission.refund(call.request.byteCount)
        tenants?.refund(call.request.byteCount, to: call.tenant)
    }

    /// Runs `body` in one of the server's places, in the line of the caller's tenant if there are tenants.
    func withPlace<Result>(
        for caller: Caller, _ body: nonisolated(nonsending) () async throws -> Result
    ) async throws -> Result {
        guard let tenants else { return try await admission.limiter.withPermit(for: caller.fairnessKey, body) }
        guard let lane = tenants.lane(of: caller.principal?.tenant) else { throw TenantRefusal.noLane }
        return try await lane.withPermit(for: caller.fairnessKey, body)
    }
}

extension ActiveCall {
    var tenant: String? { request.caller.principal?.tenant }
}

extension TenantRefusal {
    /// The tenant is not served any more, or there is no room for it now.
    static var noLane: AcquireError { TenantRefusal(.tooManyTenants, retryAfter: .seconds(1)).acquireError }
}

extension TenantFeatureFilter {
    /// Shows nothing: who is not served.
    static let nothing: TenantFeatureFilter = {
        var policy = TenantPolicy()
        policy.tools = .none
        policy.resources = .none
        policy.prompts = .none
        return TenantFeatureFilter(policy)
    }()
}

extension ToolCall {
    /// Charges the call to its tenant, as far as the request's head has not been charged already.
    func chargeTenant(_ tenants: TenantStates) async throws {
        let caller = call.request.caller
        let admission = tenants.take(tenant: caller.principal?.tenant, tool: tool.definition.name, charge: TenantCharge(caller.context))
        switch admission {
        case .admitted: return
        case .refused(let refusal): throw refusal.acquireError
        case .later(let ask): try await step("wait tenant") { if let refusal = try await ask() { throw refusal.acquireError } }
        }
    }
}
