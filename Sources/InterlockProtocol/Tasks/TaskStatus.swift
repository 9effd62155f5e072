/// Where a task is. `completed`, `failed` and `cancelled` are final and never change.
/// Spec: 2025-11-25, Utilities › Tasks; extension `io.modelcontextprotocol/tasks`.
public enum TaskStatus: String, WireEnumeration, Sendable, Hashable, Codable {
    /// It runs.
    case working
    /// It waits for input from the client.
    case inputRequired = "input_required"
    /// It has a result. In the extension also one with `isError`.
    case completed
    /// It has an error. In 2025-11-25 also a tool result with `isError`.
    case failed
    /// It was cancelled.
    case cancelled

    /// Whether it never changes again.
    public var isFinal: Bool {
        switch self {
        case .working, .inputRequired: false
        case .completed, .failed, .cancelled: true
        }
    }
}
