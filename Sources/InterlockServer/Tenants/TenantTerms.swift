import InterlockConcurrency

/// What one tenant gets, as configured at one moment: the policy, with what is derived from it once.
///
/// Immutable and shared; another configuration brings other terms.
public final class TenantTerms: Sendable {
    /// What the configuration says.
    public let policy: TenantPolicy
    /// Which features the tenant sees.
    public let filter: TenantFeatureFilter
    /// Rises with every configuration put in force.
    let generation: UInt64
    /// The value of `RateLimit-Policy` for the tenant's own limits.
    let policyField: String

    init(_ policy: TenantPolicy, generation: UInt64) {
        self.policy = policy
        self.generation = generation
        filter = TenantFeatureFilter(policy)
        policyField = Self.policyField(policy.rateLimits, named: "tenant")
    }

    /// The value of `RateLimit-Policy`: units, window in seconds, for each limit (draft-ietf-httpapi-ratelimit-headers, section 3).
    static func policyField(_ limits: [RateLimit], named name: String) -> String {
        limits.enumerated().map { index, limit in
            "\(fieldName(name, index));q=\(limit.count);w=\(max(1, limit.period.secondsRoundedUp))"
        }.joined(separator: ", ")
    }

    /// The name of the limit at a place, as a string of structured fields (RFC 8941, section 3.3.3).
    static func fieldName(_ name: String, _ index: Int) -> String {
        index == 0 ? "\"\(name)\"" : "\"\(name)-\(index + 1)\""
    }
}

extension Duration {
    /// Whole seconds, none too few.
    var secondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        return attoseconds > 0 ? seconds + 1 : seconds
    }
}
