public import InterlockConcurrency
import InterlockJSON
public import InterlockProtocol
public import InterlockTransport

/// Why a tenant's request is not served, and how to say so: to HTTP, or to the policies of a tool.
public struct TenantRefusal: Error, Sendable, CustomStringConvertible {
    /// The reason, to branch on.
    public enum Reason: Sendable, Hashable, CaseIterable {
        /// The configuration does not know the tenant, or the credential names none (403).
        case unknown
        /// The configuration has switched the tenant off (403).
        case disabled
        /// The tenant used up its own limit (429).
        case overTenantLimit
        /// The tenant used up its limit of this tool (429).
        case overToolLimit
        /// The shared store did not answer and the tenant's policy is to refuse then (503).
        case storeUnavailable
        /// As many tenants are active as the table has places for (503).
        case tooManyTenants

        /// What metrics call it.
        public var label: String {
            switch self {
            case .unknown: "unknown_tenant"
            case .disabled: "disabled_tenant"
            case .overTenantLimit: "tenant_rate"
            case .overToolLimit: "tool_rate"
            case .storeUnavailable: "store_unavailable"
            case .tooManyTenants: "too_many_tenants"
            }
        }
    }

    /// The reason, to branch on.
    public let reason: Reason
    /// When the same request would be let in; `nil` where waiting does not help.
    public private(set) var retryAfter: Duration?
    private let answers: PreparedAnswers?
    /// `RateLimit` and `RateLimit-Policy`, for 429.
    private let limit: (state: String, policy: String)?

    init(_ reason: Reason, retryAfter: Duration? = nil) {
        self.reason = reason
        self.retryAfter = retryAfter
        answers = nil
        limit = nil
    }

    /// A request over a limit.
    ///
    /// - Parameter policyField: all limits of which `decision` names one.
    init(_ reason: Reason, _ decision: RateDecision, policyField: String) {
        self.reason = reason
        retryAfter = decision.retryAfter
        answers = PreparedAnswers()
        let name = TenantTerms.fieldName(reason == .overToolLimit ? "tool" : "tenant", decision.rule)
        limit = ("\(name);r=\(decision.remaining);t=\(decision.resetAfter.secondsRoundedUp)", policyField)
    }

    /// The status of the answer over HTTP.
    public var status: Int {
        switch reason {
        case .unknown, .disabled: 403
        case .overTenantLimit, .overToolLimit: 429
        case .storeUnavailable, .tooManyTenants: 503
        }
    }

    public var description: String {
        switch reason {
        case .unknown: "The credential belongs to no tenant of this server: ask its operator to add the tenant, or use another credential"
        case .disabled: "The tenant of this credential is switched off: ask the operator of the server"
        case .overTenantLimit: "The tenant has used up its rate limit: send the request again after the time in Retry-After"
        case .overToolLimit: "The tenant has used up its rate limit of this tool: call it again after the time in Retry-After"
        case .storeUnavailable: "The rate limits cannot be checked at present: send the request again in a moment"
        case .tooManyTenants: "As many tenants are active as the server has room for: send the request again in a moment"
        }
    }

    /// Seconds for `Retry-After`, rounded up and at least 1 (RFC 9110, section 10.2.3).
    public var retryAfterSeconds: Int64? { retryAfter.map { max(1, $0.secondsRoundedUp) } }

    /// The answer over HTTP: a JSON-RPC error with the status as its code, `Retry-After`, and for 429 the fields of
    /// draft-ietf-httpapi-ratelimit-headers.
    ///
    /// - Parameter revision: decides how a missing request id is written; the body with the id was not read.
    public func response(_ revision: ProtocolRevision = .latest) -> OutboundResponse {
        guard let answers else { return written(revision) }
        return answers.answer(isModern: revision.isModern) { written(revision) }
    }

    /// The same refusal at another instant of the same second.
    func again(retryAfter: Duration?) -> TenantRefusal {
        var refusal = self
        refusal.retryAfter = retryAfter
        return refusal
    }

    private func written(_ revision: ProtocolRevision) -> OutboundResponse {
        var headers: [(name: String, value: String)] = []
        var data: JSONValue?
        if let seconds = retryAfterSeconds {
            headers.append(("Retry-After", String(seconds)))
            data = ["retryAfterSeconds": .number(JSONNumber(seconds))]
        }
        if let limit {
            headers.append(("RateLimit", limit.state))
            headers.append(("RateLimit-Policy", limit.policy))
        }
        let error = ProtocolError(code: ErrorCode(rawValue: status), message: description, data: data)
        return OutboundResponse(body: JSONRPC.error(id: nil, error, revision: revision), status: status, headers: headers)
    }

    /// The same for who runs tools, where a refusal is an answer the model reads.
    public var acquireError: AcquireError {
        AcquireError(code: status == 429 ? .rateLimited : .queueFull, message: description, retryAfter: retryAfter)
    }
}
