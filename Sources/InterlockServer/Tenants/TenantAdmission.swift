/// Whether a tenant's request may go on.
public enum TenantAdmission: Sendable {
    case admitted
    case refused(TenantRefusal)
    /// A shared store has to be asked; returns why the request is refused, or `nil`.
    case later(@Sendable () async -> TenantRefusal?)
}
