import InterlockTransport

/// For whom a policy keeps one state: one for all, or one for each caller.
public enum PolicyScope: Sendable, Hashable {
    /// All callers together.
    case everyone
    /// Each caller by itself: its principal, and where nobody proved who they are, its session or connection.
    case caller
}

/// Whose state of a policy a call uses.
enum PolicyKey: Hashable, Sendable {
    case everyone
    case principal(Principal)
    case line(UInt64)

    /// For stores that several instances share: a line is one instance's own.
    func text(on instance: ServerInstance) -> String {
        switch self {
        case .everyone: "everyone"
        case .principal(let principal): "caller:" + principal.identity
        case .line(let number): "line:\(instance.id):\(number)"
        }
    }

    init(_ scope: PolicyScope, _ caller: Caller) {
        switch scope {
        case .everyone: self = .everyone
        case .caller: self = caller.principal.map(PolicyKey.principal) ?? .line(caller.fairnessKey)
        }
    }
}
