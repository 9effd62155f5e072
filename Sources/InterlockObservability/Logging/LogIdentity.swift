public import Instrumentation

/// Who a piece of work is done for, in ids only: what every line of its log should carry.
public struct LogIdentity: Sendable, Hashable {
    /// The request, by the id the server gave it.
    public var requestID: String?
    /// The session.
    public var sessionID: String?
    /// The tenant.
    public var tenantID: String?

    /// Makes an identity.
    public init(requestID: String? = nil, sessionID: String? = nil, tenantID: String? = nil) {
        self.requestID = requestID
        self.sessionID = sessionID
        self.tenantID = tenantID
    }
}

private enum LogIdentityKey: ServiceContextKey {
    typealias Value = LogIdentity
    static var nameOverride: String? { "log-identity" }
}

extension ServiceContext {
    /// Who the work is done for.
    public var logIdentity: LogIdentity? {
        get { self[LogIdentityKey.self] }
        set { self[LogIdentityKey.self] = newValue }
    }
}
