/// Whether a tenant's request may go on.
public enum TenantAdmission: Sendable {
    case admitted
    case refused(TenantRefusal)
    /// A shared store has to be asked; returns why the request is refused, or `nil`. Throws when the caller's task was cancelled
    /// meanwhile: nothing is decided then.
    case later(@Sendable () async throws(CancellationError) -> TenantRefusal?)
}
