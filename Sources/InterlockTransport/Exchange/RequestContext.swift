/// What a transport knows about one message beyond its bytes.
public struct RequestContext: Sendable {
    /// The connection the message came on.
    public var connection: Connection
    /// The HTTP request's header fields; `nil` on transports that have none.
    public var headers: (any HeaderFields)?
    /// Who the caller proved to be, if the gate in front of the transport identified anybody.
    public var principal: Principal?

    public init(connection: Connection, headers: (any HeaderFields)? = nil, principal: Principal? = nil) {
        self.connection = connection
        self.headers = headers
        self.principal = principal
    }
}

/// Who is calling, as proved by a credential; never anything the client merely says about itself.
public struct Principal: Sendable, Hashable {
    /// Stable across token refreshes: the subject, not the token.
    public var subject: String
    /// Who vouches for the subject, for example the token's issuer.
    public var issuer: String?

    public init(subject: String, issuer: String? = nil) {
        self.subject = subject
        self.issuer = issuer
    }
}

/// Read access to header fields without naming the HTTP library they came from.
public protocol HeaderFields: Sendable {
    /// The first value of the field, compared without regard to case; `nil` if the field is absent.
    func first(_ name: String) -> String?
    /// Every field in the order of arrival.
    var all: [(name: String, value: String)] { get }
}
