public import InterlockTransport

/// The limits of a server on standard input and output.
public struct StdioServerConfiguration: Sendable {
    /// The most bytes one message may have; a longer one is skipped, answered with an error without id, and logged.
    public var maximumMessageBytes: Int
    /// Bytes that may wait for the client before senders are told to wait. Above three quarters of it, or once a message found no room, nothing
    /// more is read from the client until half of it waits.
    public var byteBudget: Int
    /// How long bytes may wait without any being read before the client counts as gone.
    public var writeDeadline: Duration
    /// Whether the process's own standard streams are moved out of the way: descriptor 1 then leads to standard error
    /// and descriptor 0 to nothing, so that neither a stray `print` nor a child that reads its input can damage the protocol.
    /// Applies only where the transport was given these descriptors.
    public var isolatesStandardStreams: Bool
    /// Who the client is to the server. The operating system vouches for nothing more than that it started the process.
    public var principal: Principal?

    /// Sets the limits; the defaults suit one client on the same machine.
    public init(
        maximumMessageBytes: Int = 4 << 20, byteBudget: Int = 4 << 20, writeDeadline: Duration = .seconds(30),
        isolatesStandardStreams: Bool = true, principal: Principal? = nil
    ) {
        self.maximumMessageBytes = maximumMessageBytes
        self.byteBudget = byteBudget
        self.writeDeadline = writeDeadline
        self.isolatesStandardStreams = isolatesStandardStreams
        self.principal = principal
    }
}
