import InterlockProtocol
import InterlockTransport

/// On whose behalf one request is served: what era it speaks, and which state it may touch.
struct Caller: Sendable {
    let revision: ProtocolRevision
    /// The session of a legacy client; `nil` in the modern era, which has none.
    let session: Session?
    /// The requests in flight among which this one's id must be unique and can be cancelled; `nil` where every request has a
    /// connection or stream of its own (2026-07-28 over HTTP).
    let scope: CallScope?
    /// Whose turn a call takes among those of its tenant, or of all where no tenant is known: the session's, else the connection's. See ``FairnessKey``.
    let fairnessKey: UInt64
    let context: RequestContext

    var principal: Principal? { context.principal }
}
