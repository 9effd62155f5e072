public import InterlockConcurrency
public import InterlockJSON
public import InterlockTransport
public import Logging
import Synchronization

/// A client of a server that it starts itself as a child process and speaks to over the child's pipes.
///
/// The child lives in a process group of its own. Its standard error is always drained: each line goes to `onErrorLine`
/// and the last ones into the error that reports an unexpected exit. ``close()`` ends it by closing its input, then
/// `SIGTERM`, then `SIGKILL` to the whole group, each with its deadline, and returns when it is reaped; a transport that
/// is released without `close()` does the same in the background.
/// See <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports>.
public final class StdioClientTransport: ClientTransport {
    private enum Phase {
        case idle, starting
        case running(ChildSession)
        case closed
    }

    private let command: ServerCommand
    private let configuration: StdioClientConfiguration
    private let clock: any SchedulingClock
    private let logger: Logger
    private let onErrorLine: (@Sendable (String) -> Void)?
    private let phase = Mutex(Phase.idle)

    /// - Parameters:
    ///   - command: what to start; nothing runs before ``start(_:)``.
    ///   - onErrorLine: takes each line of the child's standard error, on the child's reader thread: it must be short.
    ///     Without it the lines are logged at debug level.
    public init(
        _ command: ServerCommand, configuration: StdioClientConfiguration = StdioClientConfiguration(),
        clock: any SchedulingClock = SystemClock.shared, logger: Logger = Logger(label: "interlock.stdio.client"),
        onErrorLine: (@Sendable (String) -> Void)? = nil
    ) {
        ignoreBrokenPipeSignal()
        self.command = command
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.onErrorLine = onErrorLine
    }

    deinit {
        if case .running(let session) = phase.withLock({ $0 }) { session.beginClose() }
    }

    /// A pipe has no headers.
    public var carriesHeaders: Bool { false }

    /// Starts the child. Throws ``TransportError/Code/unreachable`` when it cannot be started.
    public func start(_ receiver: any ClientReceiver) async throws {
        let mayStart = phase.withLock { phase in
            guard case .idle = phase else { return false }
            phase = .starting
            return true
        }
        guard mayStart else { throw TransportError(.misuse, "start was called twice, or after close; make a new transport for a new child") }
        let session: ChildSession
        do {
            session = try await ChildSession.start(
                command, configuration: configuration, clock: clock, logger: logger, onErrorLine: onErrorLine, receiver: receiver
            )
        } catch {
            phase.withLock { $0 = .closed }
            throw error
        }
        let wasClosed = phase.withLock { phase in
            if case .closed = phase { return true }
            phase = .running(session)
            return false
        }
        if wasClosed {
            await session.close()
            throw TransportError(.closed, "the transport was closed while its child was starting")
        }
    }

    /// Writes the message as one line. Waits only while the child is over its byte budget.
    public func send(_ message: ClientMessage) async throws {
        guard case .running(let session) = phase.withLock({ $0 }) else {
            throw TransportError(.closed, "the stdio transport is not running; call start first, and nothing after close")
        }
        try await session.send(message.bytes)
    }

    /// Does nothing: the one stream goes on, and the client sends `notifications/cancelled`.
    public func abandon(_ id: RequestID) {}

    /// Does nothing: lines have no headers.
    public func negotiated(_ negotiation: ClientNegotiation) {}

    /// Does nothing: the server's messages come on the one stream anyway.
    public func openServerStream() async throws {}

    /// Fails what is in flight, ends the child by the ladder, and returns when it is reaped. Idempotent; callers wait together.
    public func close() async {
        let session: ChildSession? = phase.withLock { phase in
            if case .running(let session) = phase { return session }
            phase = .closed
            return nil
        }
        await session?.close()
    }

    /// Stops reading what the child answers, as a slow client does, until ``resumeReading()``, ``close()`` or the child's end. Its standard error is
    /// read on. Does nothing before ``start(_:)``.
    public func pauseReading() { running?.setPaused(true) }

    /// Reads again, what waited first.
    public func resumeReading() { running?.setPaused(false) }

    /// Bytes that were sent and that the child has not taken yet.
    public var unsentBytes: Int { running?.unsentBytes ?? 0 }

    private var running: ChildSession? {
        if case .running(let session) = phase.withLock({ $0 }) { session } else { nil }
    }

    /// The child's process id while it runs or waits to be reaped; `nil` before the start.
    public var processIdentifier: Int32? { running?.processIdentifier }
}
