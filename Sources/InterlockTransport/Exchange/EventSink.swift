/// The way back to a peer: an ordered, byte-bounded queue of messages.
///
/// Implementations keep order, never interleave two messages, and count unsent bytes against a budget with a write
/// deadline: a peer that stops reading is disconnected, it never holds memory without bound.
public protocol EventSink: AnyObject, Sendable {
    /// Queues one message. Never blocks and never suspends; may be called from any thread.
    ///
    /// `.full` means that the event **was not** queued because the unsent bytes are over the budget: wait with
    /// ``writable()`` and send again, or drop it if it may be dropped (progress, logs).
    func send(_ event: OutboundEvent) -> SendOutcome

    /// Suspends until there is room again. Throws ``TransportError`` when the peer is gone or the write deadline passed,
    /// `CancellationError` when the task is cancelled.
    func writable() async throws

    /// Ends the stream from this side after what is queued. Idempotent.
    func close()

    /// Registers the one action to run when the peer goes away before this side ended the stream.
    ///
    /// Runs at most once, from any thread, at once if the peer is already gone, but never from
    /// within `send`, `finish` or `close`, whose callers may hold locks; replaced by a later registration; not run after a regular end.
    func onDisconnect(_ action: @escaping @Sendable () -> Void)
}

/// What became of one `send`.
public enum SendOutcome: Sendable, Hashable {
    /// Queued, in order.
    case sent
    /// Refused: the unsent bytes are over the budget.
    case full
    /// Refused: the peer is gone or the stream has ended.
    case closed
}

/// One message on its way to a peer.
public struct OutboundEvent: Sendable {
    /// The JSON-RPC message. Empty for a priming event, which only server-sent events can express; other transports skip it.
    public var data: [UInt8]
    /// The event's id where the stream can be resumed (server-sent events); others ignore it.
    public var id: String?
    /// The reconnection delay to tell the client, in milliseconds (server-sent events); others ignore it.
    public var retryMilliseconds: Int?

    public init(data: [UInt8], id: String? = nil, retryMilliseconds: Int? = nil) {
        self.data = data
        self.id = id
        self.retryMilliseconds = retryMilliseconds
    }
}
