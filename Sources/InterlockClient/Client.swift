public import InterlockConcurrency
internal import InterlockJSON
public import InterlockProtocol
public import InterlockTransport
public import Logging
import Synchronization

/// A client of one MCP server, in whichever era the server speaks.
///
/// Thousands of calls may be in flight at once; each is a table entry and a suspended caller, no task. Any method may be
/// called from any task. Errors are of two kinds: ``InterlockProtocol/ProtocolError`` is what the server answered,
/// ``ClientError`` what happened on this side; a cancelled task gets `CancellationError`, after the server was told.
///
/// ```swift
/// let client = Client(transport, info: Implementation(name: "example", version: "1.0"))
/// try await client.connect()
/// let result = try await client.callTool("add", arguments: RawJSON(parsing: #"{"a":1,"b":2}"#))
/// await client.close()
/// ```
public final class Client: Sendable {
    enum Phase: Sendable {
        case idle
        case connecting
        case connected(Wire, ServerDescription)
        case closed(ClientError)
    }

    struct State: Sendable {
        var phase = Phase.idle
        var calls = CallTable()
        /// Looks at the deadlines of the calls when the first of them may have passed.
        var deadlineCheck: ScheduledAction?
        /// Listening calls by the id of their request.
        var subscriptions: [Int64: SubscriptionChannel] = [:]
        /// The server's requests being answered, by the server's ids, so that the server can cancel them.
        var answering: [RequestID: UInt64] = [:]
        var logLevel: LoggingLevel?
        /// Arguments that are mirrored into header fields, by tool; filled by `tools/list`.
        var mirrored: [String: HeaderParameters] = [:]
        var cache: ResultCache
        /// Counts handshakes, so that of many callers that lost a session one renews it.
        var generation = 0
        var renewal: Task<Void, any Error>?
    }

    let transport: any ClientTransport
    let info: Implementation
    let handlers: ClientHandlers
    let configuration: ClientConfiguration
    let clock: any SchedulingClock
    let logger: Logger
    let answerer: InputAnswerer
    let state: Mutex<State>
    /// Cancellations on their way and answers to the server; ended by ``close()``.
    let tasks = TaskSet(limit: 4096)

    /// Makes a client; nothing happens before ``connect()``.
    ///
    /// - Parameters:
    ///   - transport: the way to the server, not yet started; it belongs to this client from now on.
    ///   - info: what the client says it is.
    ///   - handlers: what the client can do for the server; they declare its capabilities.
    ///   - clock: measures every timeout.
    public init(
        _ transport: any ClientTransport, info: Implementation, handlers: ClientHandlers = ClientHandlers(),
        configuration: ClientConfiguration = ClientConfiguration(),
        clock: any SchedulingClock = SystemClock.shared, logger: Logger = Logger(label: "interlock.client")
    ) {
        self.transport = transport
        self.info = info
        self.handlers = handlers
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.answerer = InputAnswerer(handlers: handlers)
        self.state = Mutex(State(cache: ResultCache(capacity: configuration.cachedResults)))
    }

    /// What is known of the server; `nil` unless connected.
    public var server: ServerDescription? {
        if case .connected(_, let server) = state.withLock({ $0.phase }) { server } else { nil }
    }

    /// Requests that wait for their responses.
    public var pendingRequests: Int { state.withLock { $0.calls.count } }

    /// Ends the connection. What is in flight fails with ``ClientError/Code/closed``; returns when nothing is left: no
    /// task, no socket, no child. Idempotent. Must not be called from within a handler.
    public func close() async {
        end(ClientError(.closed, "the client was closed"))
        await transport.close()
        await tasks.close()
    }

    /// Fails everything that waits. Returns whether this call ended the connection.
    @discardableResult
    func end(_ error: ClientError) -> Bool {
        let (calls, wasOpen, renewal) = state.withLock { state -> ([CallTable.Call], Bool, Task<Void, any Error>?) in
            let wasOpen = if case .closed = state.phase { false } else { true }
            if wasOpen { state.phase = .closed(error) }
            state.subscriptions = [:]
            state.answering = [:]
            state.deadlineCheck?.cancel()
            state.deadlineCheck = nil
            return (state.calls.takeAll(), wasOpen, state.renewal)
        }
        renewal?.cancel()
        for call in calls {
            call.finish(.failed(error))
        }
        return wasOpen
    }
}
