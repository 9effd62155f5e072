/// How far a lock or a limit reaches.
public enum LockScope: Sendable, Hashable {
    /// This process: each instance has its own.
    case process
    /// All instances that share the server's lease store.
    case cluster
}
