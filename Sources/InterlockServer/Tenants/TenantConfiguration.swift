/// The tenants of a server and what each may do, with what holds for those it does not list.
///
/// Made in code, or read from JSON by ``init(json:)``, which checks everything.
public struct TenantConfiguration: Sendable, Hashable {
    /// What becomes of a caller who has no entry.
    public enum Rule: String, Sendable, Hashable {
        /// Answered 403.
        case refuse
        /// Served by ``TenantConfiguration/defaults``.
        case defaults
    }

    /// What holds where a tenant's entry says nothing else; entries read from JSON have taken it over already.
    public var defaults: TenantPolicy
    /// The tenants by name, compared by their bytes.
    public var tenants: [String: TenantPolicy]
    /// What becomes of a tenant that is not listed [refused].
    public var unknownTenants: Rule
    /// What becomes of callers whose credential names no tenant, all of whom count as one [refused].
    public var withoutTenant: Rule

    public init(
        defaults: TenantPolicy = TenantPolicy(), tenants: [String: TenantPolicy] = [:], unknownTenants: Rule = .refuse,
        withoutTenant: Rule = .refuse
    ) {
        self.defaults = defaults
        self.tenants = tenants
        self.unknownTenants = unknownTenants
        self.withoutTenant = withoutTenant
    }
}
