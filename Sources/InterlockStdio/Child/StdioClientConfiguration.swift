/// The limits of a child process that serves over its pipes, and how it is ended.
public struct StdioClientConfiguration: Sendable {
    /// The most bytes one message of the server may have; a longer one is skipped and logged.
    public var maximumMessageBytes: Int
    /// Bytes that may wait for the server before senders are told to wait.
    public var byteBudget: Int
    /// How long bytes may wait without any being read before the server counts as stuck and is ended.
    public var writeDeadline: Duration
    /// How long the server may take to exit after its input was closed, before `SIGTERM`.
    public var exitGrace: Duration
    /// How long the server's process group may take to exit after `SIGTERM`, before `SIGKILL`.
    public var terminationGrace: Duration
    /// How many of the last lines of standard error are kept for the error that reports an unexpected exit.
    public var keptErrorLines: Int
    /// Whether the kernel kills the child when this process dies without having ended it. Linux only, and only where
    /// util-linux's `setpriv` is installed; elsewhere the child sees the end of its input and is expected to exit.
    public var diesWithParent: Bool

    /// Sets the limits; the defaults suit a server on the same machine.
    public init(
        maximumMessageBytes: Int = 4 << 20, byteBudget: Int = 4 << 20, writeDeadline: Duration = .seconds(30),
        exitGrace: Duration = .seconds(2), terminationGrace: Duration = .seconds(2),
        keptErrorLines: Int = 20, diesWithParent: Bool = true
    ) {
        self.maximumMessageBytes = maximumMessageBytes
        self.byteBudget = byteBudget
        self.writeDeadline = writeDeadline
        self.exitGrace = exitGrace
        self.terminationGrace = terminationGrace
        self.keptErrorLines = keptErrorLines
        self.diesWithParent = diesWithParent
    }
}
