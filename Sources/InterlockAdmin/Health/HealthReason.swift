public import InterlockStorage

/// One thing that is not as it should be.
public struct HealthReason: Sendable, Hashable {
    /// What kind of thing, to branch on.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The server shuts down.
        public static let draining = Code(rawValue: "draining")
        /// A store does not answer as it should.
        public static let storeDegraded = Code(rawValue: "store_degraded")
        /// Tasks wait for a thread, or did so moments ago.
        public static let executorStalled = Code(rawValue: "executor_stalled")
        /// A circuit breaker keeps calls of a tool away.
        public static let breakerOpen = Code(rawValue: "breaker_open")
        /// Nearly all sessions are in use.
        public static let sessionsNearLimit = Code(rawValue: "sessions_near_limit")
        /// Many calls wait for their turn.
        public static let queueFilling = Code(rawValue: "queue_filling")
        /// Many calls of the last minute did not end well.
        public static let callsFailing = Code(rawValue: "calls_failing")
        /// The last tenant configuration is not usable, and the one before is in force.
        public static let tenantsRefused = Code(rawValue: "tenants_refused")
        /// An alert is firing.
        public static let alertFiring = Code(rawValue: "alert_firing")
    }

    /// What kind of thing, to branch on.
    public var code: Code
    /// What it is, as the part of a sentence: "the breaker of 'search' is open".
    public var message: String
    /// Which store, since when and why, where the code is ``Code/storeDegraded``.
    public var store: Store?

    /// A store that is degraded.
    public struct Store: Sendable, Hashable {
        /// As metrics call it.
        public var name: String
        /// Since when and why.
        public var outage: StoreOutage

        /// Makes one.
        public init(name: String, outage: StoreOutage) {
            self.name = name
            self.outage = outage
        }
    }

    /// Makes a reason.
    public init(_ code: Code, _ message: String, store: Store? = nil) {
        self.code = code
        self.message = message
        self.store = store
    }
}
