/// Admits or refuses a request from its head, before the body is read.
///
/// Authorization, tenants and rate limits sit here: a refusal costs no body, no parse and no task.
public protocol RequestGate: Sendable {
    func decide(_ head: RequestHead) -> GateDecision
    /// Whether it lets in whoever comes without asking who that is [false]; a gate in front of another says what that one says.
    ///
    /// A server with such a gate listens only where no other machine reaches it: see ``ListenRule``.
    var admitsEveryone: Bool { get }
}

extension RequestGate {
    public var admitsEveryone: Bool { false }
}

/// What is known of an HTTP request before its body.
public struct RequestHead: Sendable {
    public var method: String
    /// The request target as sent, path and query.
    public var target: String
    public var headers: any HeaderFields
    public var connection: Connection
    /// Where gates note how long they took; `nil` unless the request may be traced.
    public var steps: RequestSteps?

    public init(method: String, target: String, headers: any HeaderFields, connection: Connection, steps: RequestSteps? = nil) {
        self.method = method
        self.target = target
        self.headers = headers
        self.connection = connection
        self.steps = steps
    }
}

/// A gate's answer.
public enum GateDecision: Sendable {
    /// Read the body; the caller is who the gate says, or nobody in particular.
    case admit(Principal?)
    /// Answer with this and do not read the body.
    case refuse(OutboundResponse)
    /// The decision has to wait for something; the body stays unread meanwhile.
    case later(@Sendable () async -> GateDecision)
}

/// Lets everybody in as nobody.
public struct OpenGate: RequestGate {
    public init() {}
    public func decide(_ head: RequestHead) -> GateDecision { .admit(nil) }
    public var admitsEveryone: Bool { true }
}
