/// What a transport knows about one message beyond its bytes.
public struct RequestContext: Sendable {
    /// The connection the message came on.
    public var connection: Connection
    /// The HTTP request's header fields; `nil` on transports that have none.
    public var headers: (any HeaderFields)?
    /// Who the caller proved to be, if the gate in front of the transport identified anybody.
    public var principal: Principal?
    /// Whether this is not the first message of its batch: what is charged for a request has been charged then.
    public var isFurtherOfBatch = false
    /// What came before the message was read; `nil` unless it may be traced.
    public var steps: RequestSteps?

    public init(connection: Connection, headers: (any HeaderFields)? = nil, principal: Principal? = nil) {
        self.connection = connection
        self.headers = headers
        self.principal = principal
    }
}

/// Who is calling, as proved by a credential; never anything the client merely says about itself.
///
/// Two principals are equal when they are the same caller: what a caller may do, ``scopes``, may change from one token to the next.
public struct Principal: Sendable, Hashable {
    /// Stable across token refreshes: the subject, not the token.
    public var subject: String
    /// Who vouches for the subject, for example the token's issuer.
    public var issuer: String?
    /// The tenant the credential belongs to.
    public var tenant: String?
    /// What the credential allows, with everything its scopes include.
    public var scopes: Set<String>

    public init(subject: String, issuer: String? = nil, tenant: String? = nil, scopes: Set<String> = []) {
        self.subject = subject
        self.issuer = issuer
        self.tenant = tenant
        self.scopes = scopes
    }

    public static func == (a: Principal, b: Principal) -> Bool {
        a.subject.utf8.elementsEqual(b.subject.utf8) && same(a.issuer, b.issuer) && same(a.tenant, b.tenant)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(subject)
        hasher.combine(issuer)
        hasher.combine(tenant)
    }

    /// Names the caller in stores: tenant, issuer and subject, each with its length, so that no two callers share a name.
    public var identity: String {
        [tenant, issuer, subject].map { part in part.map { "\($0.utf8.count):\($0)" } ?? "-" }.joined(separator: "|")
    }

    /// By their bytes: what merely reads the same is somebody else.
    private static func same(_ a: String?, _ b: String?) -> Bool {
        switch (a, b) {
        case (nil, nil): true
        case (let a?, let b?): a.utf8.elementsEqual(b.utf8)
        default: false
        }
    }
}

/// Read access to header fields without naming the HTTP library they came from.
public protocol HeaderFields: Sendable {
    /// The first value of the field, compared without regard to case; `nil` if the field is absent.
    func first(_ name: String) -> String?
    /// Every field in the order of arrival.
    var all: [(name: String, value: String)] { get }
    /// Calls `body` with every field in the order of arrival, without a list of them: for what looks at the fields of every request.
    func forEach(_ body: (_ name: String, _ value: String) -> Void)
}

extension HeaderFields {
    public func forEach(_ body: (_ name: String, _ value: String) -> Void) {
        for (name, value) in all { body(name, value) }
    }
}
