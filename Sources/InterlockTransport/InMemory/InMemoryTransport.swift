public import InterlockConcurrency

/// A server and a client joined inside one process, without threads, tasks or copies in between.
///
/// A message is handed to the other side on the sender's own thread, in order and one at a time; when several threads
/// send at once, one of them delivers for all. A round trip with a handler that runs inline therefore costs a few
/// function calls and locks.
public enum InMemoryTransport {
    /// Makes the two ends of one link. Neither needs to be started before the other: what is sent early waits.
    ///
    /// - Parameters:
    ///   - configuration: the limits of both directions.
    ///   - clock: measures the write deadline.
    public static func linkedPair(
        configuration: InMemoryConfiguration = InMemoryConfiguration(),
        clock: any SchedulingClock = SystemClock.shared
    ) -> (server: InMemoryServerTransport, client: InMemoryClientTransport) {
        let toServer = InMemoryPipe(configuration: configuration, clock: clock)
        let toClient = InMemoryPipe(configuration: configuration, clock: clock)
        return (
            InMemoryServerTransport(incoming: toServer, outgoing: toClient, principal: configuration.principal),
            InMemoryClientTransport(incoming: toClient, outgoing: toServer)
        )
    }
}

/// The limits of an in-memory link.
public struct InMemoryConfiguration: Sendable {
    /// Bytes that may wait in each direction before a sender is told to wait.
    public var byteBudget: Int
    /// How long bytes may wait without any being taken before the link is cut.
    public var writeDeadline: Duration
    /// Who the client is to the server.
    public var principal: Principal?

    /// Sets the limits; the defaults hold nobody up.
    public init(byteBudget: Int = 4 << 20, writeDeadline: Duration = .seconds(30), principal: Principal? = nil) {
        self.byteBudget = byteBudget
        self.writeDeadline = writeDeadline
        self.principal = principal
    }
}
