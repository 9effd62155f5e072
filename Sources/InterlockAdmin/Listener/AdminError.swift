/// Why the admin listener does not start.
public struct AdminError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case tokenRequired, weakToken
        }

        private let reason: Reason

        /// The address can be reached from other machines, and there is no token.
        public static let tokenRequired = Code(reason: .tokenRequired)
        /// The token could be guessed.
        public static let weakToken = Code(reason: .weakToken)

        public var description: String { reason.rawValue }
    }

    /// The reason, to branch on.
    public let code: Code
    /// What was wrong and what to do. For people; never parse it.
    public let message: String

    public var description: String { "\(code): \(message)" }
}
