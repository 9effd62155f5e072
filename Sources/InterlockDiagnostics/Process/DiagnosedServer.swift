public import InterlockClient
import InterlockConcurrency
import InterlockProtocol
public import InterlockTransport

/// A server under diagnosis: how to reach it, and which process it is.
public struct DiagnosedServer: Sendable {
    /// One way to the server, not yet started.
    public struct Link: Sendable {
        public var transport: any ClientTransport
        /// The id of the legacy session, once there is one.
        public var sessionID: @Sendable () -> String?
        /// Forgets the legacy session, so that closing the link does not end it: what clients do that just go away.
        public var leaveSession: @Sendable () -> Void
        /// Whether each request has a stream of its own, so that a message on another one is astray; known once the server has answered.
        public var hasRequestStreams: @Sendable () -> Bool
        /// The process that this link has started, once it runs.
        public var processIdentifier: @Sendable () -> Int32?
        /// Reads nothing more of what the server answers, and the bytes that were sent and not taken by it; `nil` where a link cannot do that.
        public var deafness: (begin: @Sendable () -> Void, unsentBytes: @Sendable () -> Int)?

        public init(
            _ transport: any ClientTransport, sessionID: @escaping @Sendable () -> String? = { nil }, leaveSession: @escaping @Sendable () -> Void = {},
            hasRequestStreams: @escaping @Sendable () -> Bool = { true }, processIdentifier: @escaping @Sendable () -> Int32? = { nil },
            deafness: (begin: @Sendable () -> Void, unsentBytes: @Sendable () -> Int)? = nil
        ) {
            self.transport = transport
            self.sessionID = sessionID
            self.leaveSession = leaveSession
            self.hasRequestStreams = hasRequestStreams
            self.processIdentifier = processIdentifier
            self.deafness = deafness
        }
    }

    /// Which era to speak, as a client's configuration says it.
    public var era: ClientConfiguration.Era
    /// Whether all links reach one process; not so where each link starts a process of its own.
    public var isShared: Bool
    /// Whether links are HTTP, so that requests have streams of their own and sessions an id.
    public var isHTTP: Bool
    /// Where an HTTP server without TLS listens on this machine, for a client that is written by hand; `nil` elsewhere.
    public var localEndpoint: (port: Int, path: String)?
    /// Header fields that every request carries, the credential among them; for the same client. They get into no message.
    public var headers: [(name: String, value: String)]
    /// The longest wait for one answer.
    public var timeout: Duration
    /// Reads this machine, so that nobody is blamed for what it did; `nil` where that cannot be told.
    public var machine: @Sendable () -> MachineSample?
    /// Opens a link.
    public var open: @Sendable () -> Link
    /// Reads the process, given what a link has started; `nil` where no process of this machine is known.
    public var process: @Sendable (_ started: Int32?) -> (any ProcessReading)?

    public init(
        era: ClientConfiguration.Era = .automatic, isShared: Bool, isHTTP: Bool, localEndpoint: (port: Int, path: String)? = nil,
        headers: [(name: String, value: String)] = [], timeout: Duration = .seconds(10),
        process: @escaping @Sendable (_ started: Int32?) -> (any ProcessReading)? = { _ in nil },
        machine: @escaping @Sendable () -> MachineSample? = { nil }, open: @escaping @Sendable () -> Link
    ) {
        self.era = era
        self.isShared = isShared
        self.isHTTP = isHTTP
        self.localEndpoint = localEndpoint
        self.headers = headers
        self.timeout = timeout
        self.process = process
        self.machine = machine
        self.open = open
    }

    /// Connects a client, runs `body`, and closes it; a server that was started has ended then.
    func withClient<Result>(
        era: ClientConfiguration.Era? = nil, clock: any SchedulingClock, _ body: (Client, Link) async throws -> Result
    ) async throws -> Result {
        let link = open()
        let configuration = ClientConfiguration(era: era ?? self.era, probeTimeout: .seconds(3), requestTimeout: timeout, opensServerStream: false)
        let client = Client(link.transport, info: Implementation(name: "interlock", version: "1"), configuration: configuration, clock: clock)
        do {
            _ = try await client.connect()
            let result = try await body(client, link)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}
