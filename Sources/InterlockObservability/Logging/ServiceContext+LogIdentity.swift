public import Instrumentation
public import InterlockTransport

private enum LogIdentityKey: ServiceContextKey {
    typealias Value = LogIdentity
    static var nameOverride: String? { "log-identity" }
}

extension ServiceContext {
    /// Who the work is done for, where that is no call of a server: calls say it by themselves, and theirs counts.
    public var logIdentity: LogIdentity? {
        get { self[LogIdentityKey.self] }
        set { self[LogIdentityKey.self] = newValue }
    }
}
