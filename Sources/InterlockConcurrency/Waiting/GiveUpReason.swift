/// Why a waiter leaves its queue on its own account.
package enum GiveUpReason: Sendable, Hashable {
    case cancelled
    case deadlineExceeded
    /// Its place was needed for another; see ``Revocation``.
    case revoked
}
