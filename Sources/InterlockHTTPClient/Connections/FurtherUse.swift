/// Whether a connection can carry another request when one has ended.
enum FurtherUse: Sendable, Hashable {
    case none
    /// For as long as the server keeps it open without a request, if it has said so.
    case idle(atMost: Duration?)

    /// For how long it is used again, where this side keeps connections for `own`.
    ///
    /// The server's time is cut by a quarter, a second at most: a request that is under way when the server closes is lost, and nobody can tell whether
    /// it was received.
    func time(_ own: Duration) -> Duration {
        guard case .idle(let limit?) = self else { return own }
        return min(own, limit - min(.seconds(1), limit / 4))
    }
}
