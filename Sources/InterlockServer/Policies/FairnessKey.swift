import InterlockJSON
import InterlockTransport

/// Whose turn a call takes in the lines of its tool's policies: its tenant's first, and among the calls of that its session's or connection's.
///
/// So a tenant with a hundred sessions gets as many turns as one with a single session, and none of its sessions those of the others. Callers without a
/// tenant are together like one more, but where there are no turns within turns.
struct FairnessKey: Hashable, Sendable {
    let tenant: ExactName?
    let line: UInt64

    init(_ caller: Caller) {
        tenant = caller.principal?.tenant.map { ExactName(text: $0) }
        line = caller.fairnessKey
    }

    /// Whose turn it is where there are no turns within turns: the tenant's, or the session's where no tenant is known.
    var alone: FairnessKey { tenant == nil ? self : FairnessKey(tenant: tenant, line: 0) }

    private init(tenant: ExactName?, line: UInt64) {
        self.tenant = tenant
        self.line = line
    }
}
