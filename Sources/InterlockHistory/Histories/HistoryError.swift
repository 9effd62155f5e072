/// Why a history could not be recorded or is not one.
public struct HistoryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case full, returnedBeforeCalled
        }

        private let reason: Reason

        /// The recorder holds as many calls as it may.
        public static let full = Code(reason: .full)
        /// A call's answer is older than the call.
        public static let returnedBeforeCalled = Code(reason: .returnedBeforeCalled)

        public var description: String { reason.rawValue }
    }

    /// The reason, to branch on.
    public let code: Code
    /// What was wrong, where, and what to do. For people; never parse it.
    public let message: String

    public var description: String { "\(code): \(message)" }

    static func full(capacity: Int) -> HistoryError {
        HistoryError(
            code: .full,
            message: "the recorder holds \(capacity) calls, its capacity; end the run and check what it has, or raise the capacity")
    }

    static func returnedBeforeCalled(client: String, called: Int64, returned: Int64) -> HistoryError {
        HistoryError(
            code: .returnedBeforeCalled,
            message: "a call of \(client) was made at \(called) and returned at \(returned); take both instants from one clock")
    }
}
