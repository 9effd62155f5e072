internal import InterlockConcurrency

/// A store that could not do what it was asked; nothing is known of whether it was done.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, in kinds a caller can act on.
    public enum Code: Sendable, Hashable {
        /// No answer within the budget, or no connection: it may work later.
        case unavailable
        /// The store has no room left.
        case full
        /// What is stored, or what came back, is not what this store writes.
        case corrupt
        /// The store refused: rights, configuration.
        case refused
    }

    public var code: Code
    /// What was tried, what came back, what to do. For logs, never for clients.
    public var message: String
    /// What caused it, for logs.
    public var cause: (any Error)?
    /// What is wrong with the store as a whole, for health and metrics; `nil` where the error is of this call alone, or nothing is known.
    public var outage: StoreOutage.Reason?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil, outage: StoreOutage.Reason? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.outage = outage
    }

    /// Whether a breaker kept the call away: the store was not asked, and nothing was done.
    package var isKeptAway: Bool { (cause as? AcquireError)?.code == .circuitOpen }

    public var description: String { cause.map { "\(message) (\($0))" } ?? message }
}
