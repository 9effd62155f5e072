/// What another configuration changed for the tenants.
public struct TenantChange: Sendable {
    /// Tenants that were not listed before.
    public let added: [String]
    /// Tenants that are not listed any more.
    public let removed: [String]
    /// Tenants of both configurations whose policy differs.
    public let changed: [String]
    private let before: TenantDirectory.Content
    private let after: TenantDirectory.Content

    init(from before: TenantDirectory.Content, to after: TenantDirectory.Content) {
        self.before = before
        self.after = after
        added = after.listed.keys.filter { before.listed[$0] == nil }.compactMap(\.name).sorted()
        removed = before.listed.keys.filter { after.listed[$0] == nil }.compactMap(\.name).sorted()
        changed = after.listed.filter { name, terms in before.listed[name].map { $0.policy != terms.policy } ?? false }.compactMap(\.key.name).sorted()
    }

    /// Whether a tenant's features are others now, so that its clients are to be told that their lists have changed.
    public func changesFeatures(of tenant: String?) -> Bool {
        before.terms(of: tenant)?.filter != after.terms(of: tenant)?.filter
    }
}
