import Synchronization

/// Who a piece of work is done for, in ids only: what every line of its log should carry.
public struct LogIdentity: Sendable, Hashable {
    /// The request, by the id the server gave it.
    public var requestID: String?
    /// The session, by a name that opens nothing: not the id that its client sends.
    public var sessionID: String?
    /// The tenant.
    public var tenantID: String?

    /// Makes an identity.
    public init(requestID: String? = nil, sessionID: String? = nil, tenantID: String? = nil) {
        self.requestID = requestID
        self.sessionID = sessionID
        self.tenantID = tenantID
    }

    /// Of the call that the current task works on, or that made the current task; `nil` outside calls, and while nobody wants to know.
    ///
    /// Put together when it is asked for, by a line of the log that is written: a call that logs nothing puts none together.
    package static var current: LogIdentity? { source?.logIdentity }

    /// What knows it. Set by whoever serves a call, if somebody wants to know.
    @TaskLocal package static var source: (any LogIdentified)?

    /// Whether anybody will ever ask: so that a process whose log names no ids does not keep them ready with each call.
    package static var isWanted: Bool { wanted.load(ordering: .relaxed) }
    package static func want() { wanted.store(true, ordering: .relaxed) }
    private static let wanted = Atomic<Bool>(false)
}

/// A piece of work that can say whom it is done for.
package protocol LogIdentified: AnyObject, Sendable {
    var logIdentity: LogIdentity { get }
}
