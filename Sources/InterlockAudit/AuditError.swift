/// Why source could not be read.
public struct AuditError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case unreadable, noSource
        }

        private let reason: Reason

        /// A file or folder could not be read.
        public static let unreadable = Code(reason: .unreadable)
        /// There is no Swift file in the folder.
        public static let noSource = Code(reason: .noSource)

        public var description: String { reason.rawValue }
    }

    /// The reason, to branch on.
    public let code: Code
    /// What was wrong, where, and what to do. For people; never parse it.
    public let message: String

    public var description: String { "\(code): \(message)" }
}
