public import InterlockJSON

/// A token a requester puts into `_meta` to get progress notifications: a string or an integer, echoed with its JSON type.
public typealias ProgressToken = RequestID

/// Typed access to the members of the specification. A member of the wrong shape reads as nil; ``RequestMeta`` is the
/// strict reader for requests.
extension Meta {
    /// The version a modern request is written in.
    public var protocolVersion: String? {
        get { json(MetaKey.protocolVersion)?.string }
        set { self[MetaKey.protocolVersion] = newValue.map { .string($0) } }
    }

    /// Which software sends the request. For display and logs; never a basis for behaviour or trust.
    public var clientInfo: Implementation? {
        get { read(MetaKey.clientInfo) }
        set { set(MetaKey.clientInfo, newValue) }
    }

    /// What the client can do, for this request.
    public var clientCapabilities: ClientCapabilities? {
        get { read(MetaKey.clientCapabilities) }
        set { set(MetaKey.clientCapabilities, newValue) }
    }

    /// The lowest level of log messages wanted for this request; nil means none at all.
    public var logLevel: LoggingLevel? {
        get { read(MetaKey.logLevel) }
        set { set(MetaKey.logLevel, newValue) }
    }

    /// The token under which the sender wants progress notifications.
    public var progressToken: ProgressToken? {
        get { read(MetaKey.progressToken) }
        set { set(MetaKey.progressToken, newValue) }
    }

    /// The caller's span in W3C Trace Context form.
    public var traceparent: String? {
        get { json(MetaKey.traceparent)?.string }
        set { self[MetaKey.traceparent] = newValue.map { .string($0) } }
    }

    /// Vendors' additions to the trace context.
    public var tracestate: String? {
        get { json(MetaKey.tracestate)?.string }
        set { self[MetaKey.tracestate] = newValue.map { .string($0) } }
    }

    /// W3C Baggage.
    public var baggage: String? {
        get { json(MetaKey.baggage)?.string }
        set { self[MetaKey.baggage] = newValue.map { .string($0) } }
    }

    /// Which software made the result. For display and logs; never a basis for behaviour or trust.
    public var serverInfo: Implementation? {
        get { read(MetaKey.serverInfo) }
        set { set(MetaKey.serverInfo, newValue) }
    }

    /// The id of the `subscriptions/listen` request this message belongs to.
    public var subscriptionId: RequestID? {
        get { read(MetaKey.subscriptionId) }
        set { set(MetaKey.subscriptionId, newValue) }
    }

    /// The id of the task this message belongs to (2025-11-25).
    public var relatedTask: String? {
        get { json(MetaKey.relatedTask)?["taskId"]?.string }
        set { self[MetaKey.relatedTask] = newValue.map { ["taskId": .string($0)] } }
    }

    private func read<Value: WireDecodable>(_ key: String) -> Value? {
        guard let json = json(key) else { return nil }
        do throws(ShapeMismatch) {
            return try Value(shape: json)
        } catch {
            return nil  // documented: wrong shapes read as absent here, RequestMeta reports them to the sender
        }
    }

    private mutating func set(_ key: String, _ value: (some WireEncodable)?) {
        self[key] = value.map { $0.encoded().value() }
    }
}
