/// Why a worker process gave no result.
public struct WorkerProcessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case failed, died
        }

        private let reason: Reason

        /// The code in the process said that it failed; the process lives on.
        public static let failed = Code(reason: .failed)
        /// The process ended, or answered what makes no sense and was ended.
        public static let died = Code(reason: .died)

        public var description: String { reason.rawValue }
    }

    /// The reason, to branch on.
    public let code: Code
    /// What was wrong, where, and what to do; after a failure, what the process said. For people; never parse it.
    public let message: String

    public var description: String { "\(code): \(message)" }
}
