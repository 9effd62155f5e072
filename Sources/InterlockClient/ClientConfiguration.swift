public import InterlockProtocol

/// The limits and habits of a client.
public struct ClientConfiguration: Sendable {
    /// How the client finds out which era the server speaks.
    public enum Era: Sendable, Hashable {
        /// Ask with `server/discover`; whoever does not answer it as a modern server does is taken for a legacy one.
        case automatic
        /// Speak this modern revision without asking; the server's capabilities stay unknown until ``Client/discover()``.
        case modern(ProtocolRevision = .latest)
        /// Start with `initialize` at once, proposing this revision.
        case legacy(ProtocolRevision = .latestLegacy)
    }

    /// Which era to speak.
    public var era: Era
    /// How long `server/discover` may take before the server counts as a legacy one.
    public var probeTimeout: Duration
    /// How long a request may take unless it says otherwise; progress starts this time anew.
    public var requestTimeout: Duration
    /// The longest a request may take, whatever progress it reports.
    public var maximumRequestTimeout: Duration
    /// How many times the server may ask for input before one request is given up.
    public var maximumRounds: Int
    /// How many pages of one list are fetched before the list is given up.
    public var maximumPages: Int
    /// How many requests may wait for their responses; more are refused at once.
    public var maximumPendingRequests: Int
    /// How many requests of the server are worked on at once (legacy); more are answered with an error.
    public var maximumConcurrentAnswers: Int
    /// How many results are kept for as long as the server's cache hints allow; none by default.
    public var cachedResults: Int
    /// Whether the stream for unrelated server messages is opened after a legacy handshake over HTTP.
    public var opensServerStream: Bool

    /// Sets the limits; the defaults suit an interactive client.
    public init(
        era: Era = .automatic, probeTimeout: Duration = .seconds(5), requestTimeout: Duration = .seconds(60),
        maximumRequestTimeout: Duration = .seconds(3600), maximumRounds: Int = 8, maximumPages: Int = 1000,
        maximumPendingRequests: Int = 65_536, maximumConcurrentAnswers: Int = 64, cachedResults: Int = 0, opensServerStream: Bool = true
    ) {
        self.era = era
        self.probeTimeout = probeTimeout
        self.requestTimeout = requestTimeout
        self.maximumRequestTimeout = maximumRequestTimeout
        self.maximumRounds = maximumRounds
        self.maximumPages = maximumPages
        self.maximumPendingRequests = maximumPendingRequests
        self.maximumConcurrentAnswers = maximumConcurrentAnswers
        self.cachedResults = cachedResults
        self.opensServerStream = opensServerStream
    }
}
