/// Whether the tools of the reference server keep their guards.
public enum DemoMode: Sendable, Hashable {
    /// Locks, limits and worker threads as they should be.
    case guarded
    /// All of them removed, to show what then goes wrong. Every answer says so.
    case unsafe

    /// What marks text in the unsafe mode; empty otherwise.
    var notice: String {
        switch self {
        case .guarded: ""
        case .unsafe: "UNSAFE DEMO (no locks, no limits, no worker threads): "
        }
    }
}
