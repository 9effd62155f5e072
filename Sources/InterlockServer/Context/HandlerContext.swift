public import InterlockConcurrency
public import InterlockJSON
public import InterlockProtocol
public import InterlockTransport
public import Logging

/// What a handler knows about its call, and what it can do beyond returning a result.
///
/// A value that may be passed on and used from any task; after the call has ended its operations do nothing.
public struct HandlerContext: Sendable {
    let call: ActiveCall
    let inputs: InputRounds
    /// The result goes to other calls too, so that this one's end is not the end of the work.
    var isShared = false
    /// Ties changes of state to the key of an idempotent call.
    var once: IdempotentCommit?
    /// What the call holds over all instances.
    var leases: HeldLeases?

    /// Who is calling, as proved by a credential; `nil` where nobody was identified.
    public var principal: Principal? { call.request.caller.principal }
    /// The client's session (legacy revisions); `nil` in 2026-07-28, which has none.
    public var session: Session? { call.request.caller.session }
    /// What is spoken on this request.
    public var revision: ProtocolRevision { call.request.caller.revision }
    /// What the client can do, as declared on this request (2026-07-28) or for its session.
    public var clientCapabilities: ClientCapabilities { call.request.meta.clientCapabilities }
    /// What the client calls itself; a hint for logs, never for decisions.
    public var clientInfo: Implementation? { call.request.meta.clientInfo }
    /// The request's header fields over HTTP.
    public var headers: (any HeaderFields)? { call.request.caller.context.headers }
    /// The connection the request came on.
    public var connection: Connection { call.request.caller.context.connection }
    /// The trace the request belongs to (W3C Trace Context), from `_meta` or the `traceparent` header.
    public var traceparent: String? { call.request.meta.traceparent ?? headers?.first("traceparent") }
    /// Vendor data of the trace.
    public var tracestate: String? { call.request.meta.tracestate ?? headers?.first("tracestate") }
    /// When the call's own timeout will end it; `nil` if it has none.
    public var deadline: MonotonicTime? { call.deadline }
    /// Whether the call was cancelled or has timed out; long computations ask this, as `Task.isCancelled` also tells.
    public var isCancelled: Bool { !isShared && !call.isOpen || Task.isCancelled }
    /// The server, to change its features or tell subscribers about changes.
    public var server: Server { call.server }
    /// The server's own logger, for its operator; ``log(_:_:logger:)`` tells the client.
    ///
    /// Its lines carry the ids of the call where the log's handler has a provider for them (`Logger.MetadataProvider.interlock`), as those of any other
    /// logger do that is used within the call. Never log arguments or secrets.
    public var logger: Logger { call.server.configuration.logger }
    /// The server's clock.
    public var clock: any SchedulingClock { call.server.configuration.clock }

    /// Whether the client asked to hear about progress.
    public var wantsProgress: Bool { call.request.meta.progressToken != nil }

    /// Tells the client how far the call is.
    ///
    /// Does nothing unless the client asked for it. The value must rise; a value that does not, one that comes within 10 ms of the last (unless
    /// it reaches `total`), and one the client is too slow to take are left out. Never waits.
    /// (2026-07-28, Patterns › Progress)
    public func reportProgress(_ progress: Double, total: Double? = nil, message: String? = nil) {
        guard let token = call.request.meta.progressToken, call.admitsProgress(progress, total: total, now: clock.now) else { return }
        let params = ProgressParams(progressToken: token, progress: progress, total: total, message: message)
        call.notify(Method.progress, params)
    }

    /// Sends a log message to the client, if it wants messages of this level; never anything secret.
    ///
    /// Legacy clients set the level by `logging/setLevel` [info until then]; in 2026-07-28 only a request that names a level gets any. Never waits.
    public func log(_ level: LoggingLevel, _ data: JSONValue, logger: String? = nil) {
        guard let wanted = call.logLevel, level >= wanted else { return }
        call.notify(Method.message, LoggingMessageParams(level: level, logger: logger, data: RawJSON(data)))
    }

    /// Closes the stream of this call so that the client comes back for the result (2025-11-25, server-initiated disconnection of SSE).
    ///
    /// The result waits in the event store. Does nothing where there is no such stream.
    public func disconnectForPolling() {
        guard revision.hasPrimingEvent else { return } // an older client takes the end of the stream for the end of the call
        (call.stream as? ResumableStream)?.disconnectForPolling()
    }
}
