/// How soon a tool is switched off under overload.
public enum ShedPriority: Int, Sendable, Hashable, CaseIterable {
    /// Off when a quarter of the server's queue is in use.
    case first = 25
    /// Off when half of it is.
    case second = 50
    /// Off when three quarters are.
    case last = 75
}
