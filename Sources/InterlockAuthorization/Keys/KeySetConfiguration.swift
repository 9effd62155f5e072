/// How an issuer's keys are fetched and for how long they are believed.
public struct KeySetConfiguration: Sendable, Hashable {
    /// For how long a set is fresh when the answer has no `Cache-Control: max-age`.
    public var lifetime: Duration
    /// The shortest and the longest time a set is fresh, whatever the issuer says.
    public var lifetimeBounds: ClosedRange<Duration>
    /// The share of its lifetime after which the next use fetches the set anew, in the background.
    public var refreshAfter: Double
    /// For how long after it was fetched the last good set is used while the issuer cannot be reached: how late the withdrawal of a key may
    /// come into force.
    public var maximumAge: Duration
    /// The shortest time between two fetches that an unknown key causes, so that tokens with made-up keys cannot flood the issuer.
    public var unknownKeyInterval: Duration
    /// The shortest time from a failed fetch to the next attempt.
    public var retryInterval: Duration
    /// How long a fetch may take, and a request may wait for it.
    public var timeout: Duration
    /// The longest document.
    public var maximumBytes: Int
    /// The most keys in it.
    public var maximumKeys: Int
    /// Requests that may wait for a fetch at a time; more are answered that the issuer is unavailable.
    public var maximumWaiting: Int
    /// Hosts that may be asked without TLS, by name. This machine always may.
    public var insecureHosts: Set<String>

    /// Makes a configuration; what makes no sense is moved to the nearest value that does.
    public init(
        lifetime: Duration = .seconds(600), lifetimeBounds: ClosedRange<Duration> = .seconds(60) ... .seconds(86_400), refreshAfter: Double = 0.8,
        maximumAge: Duration = .seconds(86_400), unknownKeyInterval: Duration = .seconds(30), retryInterval: Duration = .seconds(5),
        timeout: Duration = .seconds(5), maximumBytes: Int = 256 << 10, maximumKeys: Int = 64, maximumWaiting: Int = 1_000, insecureHosts: Set<String> = []
    ) {
        self.lifetime = max(.seconds(1), lifetime)
        self.lifetimeBounds = lifetimeBounds
        self.refreshAfter = min(1, max(0.1, refreshAfter))
        self.maximumAge = max(.zero, maximumAge)
        self.unknownKeyInterval = max(.seconds(1), unknownKeyInterval)
        self.retryInterval = max(.milliseconds(100), retryInterval)
        self.timeout = max(.milliseconds(1), timeout)
        self.maximumBytes = max(1, maximumBytes)
        self.maximumKeys = max(1, maximumKeys)
        self.maximumWaiting = max(1, maximumWaiting)
        self.insecureHosts = insecureHosts
    }

    /// For how long a set is fresh whose answer allowed so many seconds.
    func lifetime(allowed seconds: Int?) -> Duration {
        let wanted = seconds.map { Duration.seconds(min($0, 1 << 31)) } ?? lifetime
        return min(max(wanted, lifetimeBounds.lowerBound), lifetimeBounds.upperBound)
    }
}
